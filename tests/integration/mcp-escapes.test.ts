/**
 * Nothing outside the project root is read, listed or written through `id`, `file_path`, `path` or a resource's URI.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { amalfa } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const SECRET = "the-secret-that-must-not-leave";

let outer: TempFolder;
let root: string;
let mcp: McpClient;

beforeAll(async () => {
  outer = new TempFolder();
  outer.write({
    "secret.md": `# Secret\n\n${SECRET}\n`,
    "outside/secret.md": `# Secret\n\n${SECRET}\n`,
    "project-two/secret.md": `# Secret\n\n${SECRET}\n`,
    "project/README.md": "# Readme\n\nPublic.\n",
    "project/docs/a.md": "# A\n\nPublic.\n",
    "project/docs/swapped.md": "# Swapped\n\nPublic.\n",
    "project/later/inner.md": "# Inner\n\nPublic.\n",
    "project/pipe.md": "# Pipe\n\nPublic.\n",
    "project/secret.txt": SECRET,
    "project/node_modules/dep/README.md": `# Dep ${SECRET}\n`,
    "project/.git/notes.md": `# Git ${SECRET}\n`,
  });
  root = outer.join("project");
  const { status, stderr } = await amalfa(["init"], { cwd: root });
  if (status !== 0) throw new Error(stderr);
  // What was ingested as files and folders of the project becomes links that lead out.
  rmSync(join(root, "docs/swapped.md"));
  symlinkSync(outer.join("secret.md"), join(root, "docs/swapped.md"));
  renameSync(join(root, "later"), outer.join("moved"));
  symlinkSync(outer.join("outside"), join(root, "later"));
  writeFileSync(outer.join("outside/inner.md"), `# Inner\n\n${SECRET}\n`);
  rmSync(join(root, "pipe.md"));
  Bun.spawnSync(["mkfifo", join(root, "pipe.md")]);
  symlinkSync(outer.join("secret.md"), join(root, "link.md"));
  symlinkSync("../secret.md", join(root, "relative-link.md"));
  symlinkSync("/", join(root, "slash"));
  symlinkSync(outer.path, join(root, "up"));
  symlinkSync(join(root, "secret.txt"), join(root, "disguised.md"));
  mkdirSync(join(root, "folder.md"));
  writeFileSync(join(root, ".amalfa/secret.md"), SECRET);
  mcp = await McpClient.connect(root);
});

afterAll(async () => {
  await mcp[Symbol.asyncDispose]();
  outer[Symbol.dispose]();
});

/** Paths that would lead out, or to what is no document. `OUT` stands for the folder around the project. */
const ATTEMPTS = [
  "../secret.md",
  "./../secret.md",
  "docs/../../secret.md",
  "docs/../../project/../secret.md",
  "docs/../../../../../../../../../../etc/passwd",
  "../../../../../../../../../../etc/passwd.md",
  "../project-two/secret.md",
  "OUT/secret.md",
  "OUT/project-two/secret.md",
  "OUT/project/../secret.md",
  "/etc/passwd",
  "/etc/passwd\0.md",
  "//etc/passwd",
  "file:///etc/passwd",
  "file://OUT/secret.md",
  "file:OUT/secret.md",
  "http://localhost/secret.md",
  "%2e%2e/secret.md",
  "%2E%2E/secret.md",
  "%2e%2e%2fsecret.md",
  "..%2fsecret.md",
  "..%2Fsecret.md",
  "%252e%252e%252fsecret.md",
  "docs%2F..%2F..%2Fsecret.md",
  "..%00/secret.md",
  "..%5csecret.md",
  "..\\secret.md",
  "docs\\..\\..\\secret.md",
  "\\\\server\\share\\secret.md",
  "//server/share/secret.md",
  "\\\\?\\C:\\secret.md",
  "C:\\secret.md",
  "C:/secret.md",
  "..\0/secret.md",
  "../secret.md\0",
  "README.md\0.txt",
  "docs/\0../../secret.md",
  "../secret.md.",
  "../secret.md ",
  " ../secret.md",
  ". ./secret.md",
  ".. /secret.md",
  ".../secret.md",
  "....//secret.md",
  "..;/secret.md",
  "..／secret.md",
  "．．/secret.md",
  "‥/secret.md",
  "..∕secret.md",
  "..\u2044secret.md",
  "..%c0%afsecret.md",
  "..%e2%88%95secret.md",
  "~/secret.md",
  "~root/.bashrc",
  "$HOME/secret.md",
  "$(cat ../secret.md)",
  "docs/swapped.md",
  "swapped.md",
  "later/inner.md",
  "inner.md",
  "later/secret.md",
  "link.md",
  "relative-link.md",
  "slash/etc/passwd",
  "slash/OUT/secret.md",
  "up/secret.md",
  "up/project-two/secret.md",
  "docs/../up/secret.md",
  "pipe.md",
  "folder.md",
  "disguised.md",
  "secret.txt",
  ".amalfa/secret.md",
  ".amalfa/resonance.db",
  ".git/notes.md",
  "node_modules/dep/README.md",
  "/proc/self/environ",
  "/proc/self/cwd/../secret.md",
  "/dev/stdin",
  ".",
  "..",
  "/",
  "../",
  "a/".repeat(2_000),
  `${"../".repeat(1_300)}etc/passwd`,
  `${"x".repeat(4_000)}.md`,
  "docs/a.md/../../../secret.md",
  "README.md/../../secret.md",
] as const;

function attempt(text: string): string {
  return text.replaceAll("OUT", outer.path);
}

/** Every file around the project, but for what SQLite and the server keep in `.amalfa`. */
function snapshot(): string {
  const lines: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== ".amalfa") walk(path);
      else if (entry.isFile())
        lines.push(`${path} ${statSync(path).mtimeMs} ${readFileSync(path, "base64")}`);
      else lines.push(`${path} ${entry.isSymbolicLink() ? "link" : "other"}`);
    }
  };
  walk(outer.path);
  return lines.sort().join("\n");
}

test("there are at least 40 attempts", () => {
  expect(new Set(ATTEMPTS).size).toBeGreaterThanOrEqual(40);
});

describe.each([
  ["read_node_content", "id", {}],
  ["explore_links", "id", {}],
  ["inject_tags", "file_path", { tags: ["pwned"] }],
  ["list_directory_structure", "path", {}],
] as const)("%s", (tool, argument, others) => {
  test.each(ATTEMPTS.map((path) => [path.slice(0, 60), path]))("%j gives nothing away", async (_, path) => {
    const before = snapshot();
    const { isError, body } = await mcp.call(tool, { [argument]: attempt(path), ...others });
    expect(JSON.stringify(body)).not.toContain(SECRET);
    expect(snapshot()).toBe(before);
    // What was ingested and swapped since has links and a place in the graph, but no text any more; "." is the root
    // itself.
    const known = ["docs/swapped.md", "swapped.md", "later/inner.md", "inner.md", "pipe.md"].includes(path);
    const mayAnswer =
      (tool === "explore_links" && known) || (tool === "list_directory_structure" && path === ".");
    if (!mayAnswer) expect(isError).toBe(true);
  });
});

test("no resource leads out either", async () => {
  for (const path of ATTEMPTS) {
    const written = attempt(path);
    const uris = [
      `amalfa://document/${written}`,
      `amalfa://document/${encodeURIComponent(written)}`,
      `amalfa://${written}`,
      written,
    ];
    for (const uri of uris) {
      const answer = await mcp.client.readResource({ uri }).catch((error: Error) => error.message);
      expect(JSON.stringify(answer)).not.toContain(SECRET);
      expect(typeof answer).toBe("string");
    }
  }
});

test("a document behind a link inside the project is tagged where it lies, and the link stays", async () => {
  symlinkSync("docs/a.md", join(root, "alias.md"));
  const { body } = await mcp.call("inject_tags", { file_path: "alias.md", tags: ["inside"] });
  expect(body).toMatchObject({ path: "docs/a.md", added: ["inside"] });
  expect(readFileSync(join(root, "docs/a.md"), "utf8")).toStartWith("---\ntags: [inside]\n---\n");
  expect(
    readdirSync(root, { withFileTypes: true })
      .find(({ name }) => name === "alias.md")
      ?.isSymbolicLink(),
  ).toBe(true);
});
