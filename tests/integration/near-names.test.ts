/** Names with a slip in them: what was meant is named, and where nothing is like it nothing is made up. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { amalfa } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();
setDefaultTimeout(300_000);

const folder = new TempFolder();
afterAll(() => folder[Symbol.dispose]());
folder.write({
  "notes/frost.md": "# Frost\n\nCover the beds.\n",
  "src/frost.ts": "export const frost = 1;\n",
  "notes/latin.md": Buffer.from("caf\xe9\n", "latin1"),
});

async function said(...args: string[]): Promise<string> {
  const { stdout, stderr } = await amalfa(args, { cwd: folder.path });
  return `${stdout}${stderr}`;
}

test.each([
  ["search", ["serch", "frost"]],
  ["--limit", ["search", "--limt", "3", "frost"]],
  ["start", ["watcher", "strat"]],
  ["Did you mean db.lock?", ["doctor", "--check", "db.lok"]],
  ["Did you mean graph.drift?", ["doctor", "--check", "drift"]],
  ["Did you mean index.fts, db.wal?", ["doctor", "--check", "index.ftz", "db.wall"]],
  ["Did you mean bge-small-en-v1.5?", ["models", "use", "bge-smal"]],
  ["Did you mean gte-small?", ["models", "pull", "gte-smol"]],
  ["Did you mean multilingual-e5-small?", ["models", "info", "intfloat/multilingual-e6"]],
])("%s is suggested", async (meant, args) => {
  expect(await said(...args)).toContain(meant);
});

test.each([[["doctor", "--check", "weather"]], [["models", "use", "weather"]], [["models", "pull", "x"]]])(
  "nothing is like it: %p",
  async (args) => {
    expect(await said(...args)).not.toContain("Did you mean");
  },
);

test("a file that is no document is told from one that nobody has, and a file to save as UTF-8 says so", async () => {
  expect(await said("init")).toMatch(
    /notes\/latin\.md +is not UTF-8.*\n +Save a file that is not UTF-8 as UTF-8/,
  );
  expect(await said("read", "src/frost.ts")).toMatch(/is a file, but no document\.\n.*`src\/\*\*\/\*\.ts`/);
  expect(await said("read", "src")).not.toContain("is a file");
  expect(await said("read", "src/nothing.ts")).toContain("There is no document");
  expect(await said("read", "frots.md")).toContain("Did you mean notes/frost.md?");
});

test("of documents like what was asked for, one whose name begins so comes first", async () => {
  using book = new TempFolder();
  book.write({
    "ch04-01-what-is-ownership-and-what-it-is-good-for.md": "# A\n\nOne.\n",
    "ch04-03-slices.md": "# B\n\nTwo.\n",
  });
  await amalfa(["init"], { cwd: book.path });
  const { stderr } = await amalfa(["read", "ch04-01"], { cwd: book.path });
  expect(stderr).toContain("Did you mean ch04-01-what-is-ownership-and-what-it-is-good-for.md");
});
