/**
 * Folders and files whose names are not valid UTF-8, each beside one whose name is what the runtime makes of it. That
 * one is somebody else's: nothing is shown of it, made, changed or removed there.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { openProject } from "../../src/index.ts";
import { realPath, requireCertain } from "../../src/system/files/index.ts";
import { CLI } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const ready = useReadyNotes();

/** In `printf`, and as a name of bytes. */
const LOST = "\\377";
const SHOWN = "\uFFFD";

class Bytes extends TempFolder {
  /** A path below the folder, where `?` is the byte. */
  bytes(path: string): Buffer {
    return Buffer.from(this.join(path).replaceAll("?", "\xff"), "latin1");
  }

  folder(path: string): void {
    mkdirSync(this.bytes(path));
    mkdirSync(this.join(path.replaceAll("?", SHOWN)));
  }

  file(path: string, mine: string, others: string): void {
    writeFileSync(this.bytes(path), mine);
    writeFileSync(this.join(path.replaceAll("?", SHOWN)), others);
  }

  mine(path: string): string {
    return readFileSync(this.bytes(path), "utf8");
  }

  others(path: string): string {
    return readFileSync(this.join(path.replaceAll("?", SHOWN)), "utf8");
  }

  /** The runtime finds no such file again to remove it. */
  override [Symbol.dispose](): void {
    Bun.spawnSync(["rm", "-rf", this.path]);
  }
}

/**
 * Runs a command line in a folder, by a shell, since the runtime passes on no such bytes. In the words and in the
 * environment `?` is the byte.
 */
async function run(folder: string, line: string, env = "") {
  const escaped = (text: string) => text.replaceAll("?", `$(printf '${LOST}')`);
  const script = `cd "${escaped(folder)}" && ${escaped(env)} exec "$BUN" "$CLI" ${escaped(line)}`;
  const child = Bun.spawn(["sh", "-c", script], {
    env: { ...process.env, NO_COLOR: "1", BUN: process.execPath, CLI },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, status };
}

/** Two projects: one in a folder of bytes, and beside it somebody else's that has a graph. */
function pair(): Bytes {
  const folder = new Bytes();
  mkdirSync(folder.bytes("notes?"));
  writeFileSync(folder.bytes("notes?/plan.md"), "# Mine\n\nsilver\n");
  using copy = ready.copy();
  copy.write({ "plan.md": "# Other\n\ngold\n" });
  renameSync(copy.path, folder.join(`notes${SHOWN}`));
  mkdirSync(copy.path);
  return folder;
}

test.each([
  "init",
  "search --mode lexical compost",
  "read plan.md",
  "inject-tags plan.md hacked",
  "reset --yes",
  "rebuild",
  "doctor --fix",
  "config show",
  "watcher start",
  "servers",
  "stop-all",
  "serve",
  "setup-mcp --client claude-code --write",
  "projects add",
])("%s does not take another folder for the one that it is called in, or is given", async (line) => {
  using folder = pair();
  const before = treeOf(folder.join(`notes${SHOWN}`));
  for (const [at, words] of [
    ["notes?", line],
    [".", `--root "notes?" ${line}`],
    ["notes?", `--root . ${line}`],
  ] as const) {
    const { status, stdout, stderr } = await run(folder.join(at), words);
    expect(stderr).toContain("not valid UTF-8");
    expect(stderr).toContain("Rename the folder");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  }
  expect(treeOf(folder.join(`notes${SHOWN}`))).toEqual(before);
  expect(readdirSync(folder.bytes("notes?"))).toEqual(["plan.md"]);
});

test("a link to such a folder is none to work in either, for the library as well", async () => {
  using folder = pair();
  symlinkSync(folder.bytes("notes?"), folder.join("link"));
  const { status, stderr } = await run(folder.path, "--root link init");
  expect(stderr).toContain("not valid UTF-8");
  expect(status).toBe(2);
  await expect(openProject(folder.join(`notes${SHOWN}`))).rejects.toMatchObject({
    code: "directory.encoding",
  });
});

test("completion names no document of another folder", async () => {
  using folder = pair();
  const { stdout } = await run(folder.join("notes?"), "completion bash -- amalfa read ''");
  expect(stdout.trim()).toBe("");
});

test("a command works that is called in such a folder and given the root as an absolute path", async () => {
  using folder = pair();
  using copy = ready.copy();
  const { stdout, status } = await run(
    folder.join("notes?"),
    `--root ${copy.path} search --mode lexical compost`,
  );
  expect(status).toBe(0);
  expect(stdout).toContain("compost");
});

test("a user's folder of such a name is not made under another", async () => {
  using folder = new Bytes();
  using copy = ready.copy();
  for (const name of ["HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "AMALFA_MODELS"]) {
    const { status, stderr } = await run(copy.path, "projects add", `${name}="${folder.join("home?")}"`);
    expect(stderr).toContain(`The folder of ${name} is `);
    expect(status).toBe(2);
  }
  expect(existsSync(folder.join(`home${SHOWN}`))).toBe(false);
});

test("inject-tags writes to no other file than the one that was meant", async () => {
  using folder = new Bytes();
  folder.folder("d?");
  folder.file("t?.md", "# Mine\n", "# Other\n");
  folder.file("d?/a.md", "# Mine\n", "# Other\n");
  symlinkSync(Buffer.from("t\xff.md", "latin1"), folder.join("link.md"));
  symlinkSync(Buffer.from("d\xff/a.md", "latin1"), folder.join("through.md"));
  await run(folder.path, "init");
  for (const name of ["link.md", "through.md", "t?.md", "d?/a.md"]) {
    const { status, stderr } = await run(folder.path, `inject-tags "${name}" hacked`);
    expect(stderr).toContain("not valid UTF-8");
    expect(status).toBe(2);
    const read = await run(folder.path, `read "${name}"`);
    expect(read.stdout).not.toContain("Other");
  }
  for (const path of ["t?.md", "d?/a.md"])
    expect([folder.mine(path), folder.others(path)]).toEqual(["# Mine\n", "# Other\n"]);
  expect((await run(folder.path, "validate --json")).stdout).toContain("link.md");
});

test("a name that has the sign itself is that of a document where no other is shown as it", async () => {
  using folder = new TempFolder();
  folder.write({ [`t${SHOWN}.md`]: "# Own\n" });
  await run(folder.path, "init");
  expect((await run(folder.path, `read t${SHOWN}.md`)).stdout).toContain("# Own");
  expect((await run(folder.path, `inject-tags t${SHOWN}.md fresh`)).status).toBe(0);
  expect(readFileSync(folder.join(`t${SHOWN}.md`), "utf8")).toContain("fresh");
});

test("a client's settings are not written through a link to such a name", async () => {
  using folder = new Bytes();
  using copy = ready.copy();
  folder.folder("dots?");
  folder.file("dots?/c.toml", "a = 1\n", "other = 2\n");
  folder.write({ ".codex/kept": "" });
  symlinkSync(Buffer.from("../dots\xff/c.toml", "latin1"), folder.join(".codex/config.toml"));
  const { status, stderr } = await run(copy.path, "setup-mcp --client codex --write", `HOME=${folder.path}`);
  expect(stderr).toContain("not valid UTF-8");
  expect(status).not.toBe(0);
  expect(folder.others("dots?/c.toml")).toBe("other = 2\n");
  expect(readdirSync(folder.join(`dots${SHOWN}`))).toEqual(["c.toml"]);
});

test("a graph or a cache in such a place is refused, by setting and by link", async () => {
  using copy = ready.copy();
  using folder = new Bytes();
  folder.folder("d?");
  const wrong = folder.join(`d${SHOWN}/graph.db`);
  copy.write({ "amalfa.settings.json": JSON.stringify({ database: wrong }) });
  const set = await run(copy.path, "init");
  expect([set.status, set.stderr]).toEqual([2, expect.stringContaining("not valid UTF-8")]);
  copy.write({ "amalfa.settings.json": "{}" });
  renameSync(copy.join(".amalfa/resonance.db"), copy.join("away"));
  symlinkSync(folder.bytes("d?/graph.db"), copy.join(".amalfa/resonance.db"));
  const linked = await run(copy.path, "rebuild");
  expect([linked.status, linked.stderr]).toEqual([2, expect.stringContaining("not valid UTF-8")]);
  expect(readdirSync(folder.join(`d${SHOWN}`))).toEqual([]);
});

test("other files that commands are given, or settings that they change, are no others", async () => {
  using copy = ready.copy();
  using folder = new Bytes();
  folder.folder("d?");
  folder.file("d?/settings.json", "{}\n", "{}\n");
  const exported = await run(copy.path, `cache export "${folder.join("d?/vectors.amalfa")}"`);
  expect([exported.status, exported.stderr]).toEqual([2, expect.stringContaining("not valid UTF-8")]);
  symlinkSync(folder.bytes("d?/settings.json"), copy.join("amalfa.settings.json"));
  await run(copy.path, "models use all-MiniLM-L6-v2");
  expect(folder.others("d?/settings.json")).toBe("{}\n");
  expect(readdirSync(folder.join(`d${SHOWN}`))).toEqual(["settings.json"]);
});

/** A folder of data with such names on every level, each beside one that is shown as it. */
function usedWithBytes(data: string): Bytes {
  const folder = new Bytes();
  folder.write({
    "amalfa.settings.json": "{}\n",
    [`${data}/resonance.db`]: "a graph, as far as reset cares",
    [`${data}/cache/vector_cache.sqlite`]: "vectors",
    [`${data}/logs/watcher.log`]: "a line\n",
  });
  folder.folder(`${data}/a?`);
  folder.folder(`${data}/a?/b?`);
  for (const path of ["own?", "logs/t?.log", "a?/b?/c?"]) folder.file(`${data}/${path}`, "mine", "others");
  symlinkSync("nowhere", folder.bytes(`${data}/logs/link?`));
  return folder;
}

test.each([
  ["reset --yes", ".amalfa", []],
  ["reset --yes", ".amalfa.deleting-0123abcd", []],
  ["reset --yes --keep-cache", ".amalfa", [".amalfa"]],
])("%s deletes such names in %s as it deletes others", async (line, data, staying) => {
  using folder = usedWithBytes(data);
  const planned = JSON.parse((await run(folder.path, `${line} --dry-run --json`)).stdout) as {
    entries: { files: number }[];
  };
  const counted = planned.entries.reduce((sum, { files }) => sum + files, 0);
  expect(counted).toBe(line.includes("keep") ? 9 : 10);
  const { status, stderr } = await run(folder.path, line);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(readdirSync(folder.path).sort()).toEqual([...staying, "amalfa.settings.json"]);
  if (staying.length > 0) expect(readdirSync(folder.join(".amalfa"))).toEqual(["cache"]);
});

test("a file of such a name that another program has open keeps a reset from deleting", async () => {
  using folder = usedWithBytes(".amalfa");
  const open = openSync(folder.bytes(".amalfa/a?/b?/c?"), "r+");
  try {
    const { status, stderr } = await run(folder.path, "reset --yes --wait 0");
    expect(stderr).toContain(`.amalfa/a${SHOWN}/b${SHOWN}/c${SHOWN} in process ${process.pid}`);
    expect(status).toBe(4);
    expect(folder.mine(".amalfa/a?/b?/c?")).toBe("mine");
  } finally {
    closeSync(open);
  }
});

test("a path is certain where each name in it is there and nothing else is shown as it", () => {
  using folder = new Bytes();
  folder.write({ [`one${SHOWN}/a.md`]: "" });
  folder.folder("two?");
  mkdirSync(folder.bytes("three?"));
  const certain = folder.join(`one${SHOWN}/a.md`);
  expect(requireCertain(certain)).toBe(certain);
  expect(realPath(certain)).toBe(certain);
  for (const name of [`two${SHOWN}`, `three${SHOWN}`, `none${SHOWN}`])
    expect(() => requireCertain(folder.join(name))).toThrow("not valid UTF-8");
});
