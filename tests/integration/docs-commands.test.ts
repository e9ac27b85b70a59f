/** Every command block of the documentation runs, in the order of its page, and ends as the page says. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { amalfa } from "../helpers/amalfa.ts";
import { git, repository } from "../helpers/git.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { commandsElsewhere, programFolder, type ShellBlock, shellBlocks } from "../helpers/shell-blocks.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const TOP = join(import.meta.dir, "../..");

/** The notes that the pages speak of. */
const NOTES: Readonly<Record<string, string>> = {
  "backups.md":
    "# Backups\n\nWe keep three copies: one here, one at home, one far away.\n\n## How we decided\n\nOne of them can write to object storage, so it won.\nA restore is tried every month.\n",
  "network.md": "# Network\n\nThe router hands out addresses. See [backups](backups.md).\n",
  "README.md": "# Notes\n\nBegin with [the plan](notes/plan.md) or [the design](docs/architecture.md).\n",
  "docs/architecture.md": "# Design\n\nWe borrow a checker, and undo a commit by hand.\n",
  "notes/plan.md":
    "---\ndepends_on: backups.md\nstatus: open\n---\n# Plan\n\n## The roof\n\nMend the roof.\n",
  "journal/monday.md": "---\ntags: [journal]\n---\n# Monday\n\nThe restore took long, [[backups]] says.\n",
};

/** Its blocks are run on projects that have the trouble they are about: `doctor-docs.test.ts`. */
const RUN_ELSEWHERE = "docs/guides/troubleshooting.md";

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(TOP, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => `docs/${path.replaceAll("\\", "/")}`)
    .sort(),
];

const textOf = (page: string): string => readFileSync(join(TOP, page), "utf8");

test("no page has commands that nothing runs: command blocks are of the language sh", () => {
  const elsewhere = PAGES.flatMap((page) =>
    commandsElsewhere(textOf(page)).map((line) => `${page}: ${line}`),
  );
  expect(elsewhere).toEqual([]);
});

test("what is not run has a reason, and most is run", () => {
  const blocks = PAGES.flatMap((page) => shellBlocks(textOf(page)));
  const notRun = blocks.flatMap(({ notRun }) => (notRun === undefined ? [] : [notRun]));
  for (const reason of notRun) expect(reason.split(" ").length).toBeGreaterThan(3);
  expect(notRun.length).toBeLessThan(blocks.length / 3);
});

describe("the command blocks of", () => {
  const template = new TempFolder().write(
    Object.fromEntries(Object.entries(NOTES).map(([path, text]) => [`my-notes/${path}`, text])),
  );

  beforeAll(async () => {
    // A repository with a branch of its own, as `validate --since` is used.
    repository(template.join("my-notes"));
    git(template.join("my-notes"), "update-ref", "refs/remotes/origin/main", "HEAD");
    await amalfa(["init"], { cwd: template.join("my-notes") });
  });
  afterAll(() => template[Symbol.dispose]());

  const withBlocks = PAGES.filter((page) => page !== RUN_ELSEWHERE).filter((page) =>
    shellBlocks(textOf(page)).some(({ notRun }) => notRun === undefined),
  );
  test.each(withBlocks)("%s", async (page) => {
    using folder = new TempFolder();
    cpSync(template.path, folder.path, { recursive: true });
    const blocks = shellBlocks(textOf(page)).filter(({ notRun }) => notRun === undefined);
    try {
      const { ends, output } = await runInShell(blocks, folder);
      const expected = blocks.map(({ line, status }) => ({ line, status }));
      // With what the last commands said, where they are not what the page says.
      const failed = Bun.deepEquals(ends, expected) ? "" : output.slice(-2_000);
      expect({ ends, failed }).toEqual({ ends: expected, failed: "" });
    } finally {
      await amalfa(["stop-all"], { cwd: folder.join("my-notes") });
    }
  });
});

interface ShellRun {
  readonly ends: readonly { readonly line: number; readonly status: number }[];
  /** What was printed on both streams. */
  readonly output: string;
}

/** One shell for the whole page, which begins where the notes are, or beside them where it says `cd my-notes`. */
async function runInShell(blocks: readonly ShellBlock[], folder: TempFolder): Promise<ShellRun> {
  const home = folder.join("home");
  mkdirSync(home);
  const beside = blocks.some(({ commands }) => commands.includes("cd my-notes"));
  const parts = blocks.map(({ line, commands, status }) => {
    // A block whose page expects a failure goes on to its end; any other ends at its first.
    const body = status === 0 ? `set -e\n${commands}` : commands;
    return `${body}\nset +e\necho "::ended ${line} $?"`;
  });
  const script = `trap 'status=$?; [ $status = 0 ] || echo "::failed $status"' EXIT\n${parts.join("\n")}`;
  const child = Bun.spawn(["bash", "-c", script], {
    cwd: beside ? folder.path : folder.join("my-notes"),
    env: {
      ...process.env,
      HOME: home,
      PATH: `${programFolder(folder)}:${process.env.PATH}`,
      NO_COLOR: "1",
      VECTOR_PORT: "0",
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const ends = [...stdout.matchAll(/^::(?:ended (\d+)|failed) (\d+)$/gm)].map(([, line, status]) => ({
    line: Number(line),
    status: Number(status),
  }));
  return { ends, output: `${stdout}\n${stderr}` };
}
