import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { injectTags } from "../../../src/knowledge/inject-tags.ts";
import { loadProject } from "../../../src/project/load.ts";
import { readSnapshot, replaceFile } from "../../../src/system/files/replace.ts";
import { amalfaJson, type ErrorDocument, init } from "../../helpers/amalfa.ts";
import { useMadeUpModel } from "../../helpers/made-up-model.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

interface TagsDocument {
  readonly ok: boolean;
  readonly path: string;
  readonly added: readonly string[];
  readonly present: readonly string[];
  readonly tags: readonly string[];
}

async function refused(folder: TempFolder, path: string, ...tags: string[]): Promise<string> {
  const { status, document } = await amalfaJson<ErrorDocument>(["inject-tags", path, ...tags], {
    cwd: folder.path,
  });
  expect(status).toBeGreaterThan(0);
  expect(document.ok).toBe(false);
  return document.error.code;
}

describe("I1 Markdown is read-only, but for inject-tags", () => {
  test("one file is replaced, with its mode; no other file appears or changes", async () => {
    using folder = new TempFolder();
    folder.write({ "a.md": "# A\n", "b.md": "# B\n" });
    chmodSync(folder.join("a.md"), 0o640);
    const { status, document } = await amalfaJson<TagsDocument>(["inject-tags", "a.md", "one", "#two"], {
      cwd: folder.path,
    });
    expect(status).toBe(0);
    expect(document).toEqual({
      ok: true,
      path: "a.md",
      added: ["one", "two"],
      present: [],
      tags: ["one", "two"],
    });
    expect(readFileSync(folder.join("a.md"), "utf8")).toBe("---\ntags: [one, two]\n---\n\n# A\n");
    expect(statSync(folder.join("a.md")).mode & 0o7777).toBe(0o640);
    expect(readdirSync(folder.path).sort()).toEqual(["a.md", "b.md"]);
  });

  test("a file that has the tags already is not so much as touched", async () => {
    using folder = new TempFolder();
    folder.write({ "a.md": "---\ntags: [one]\n---\n" });
    utimesSync(folder.join("a.md"), 1_000_000, 1_000_000);
    const { ino, mtimeNs, ctimeNs } = lstatSync(folder.join("a.md"), { bigint: true });
    const { document } = await amalfaJson<TagsDocument>(["inject-tags", "a.md", "ONE"], { cwd: folder.path });
    expect(document).toMatchObject({ added: [], present: ["ONE"], tags: ["one"] });
    expect(lstatSync(folder.join("a.md"), { bigint: true })).toMatchObject({ ino, mtimeNs, ctimeNs });
  });

  test("a file that changed while it was being edited is left as it is", () => {
    using folder = new TempFolder();
    folder.write({ "a.md": "first" });
    const snapshot = readSnapshot(folder.join("a.md"));
    writeFileSync(folder.join("a.md"), "other");
    expect(() => replaceFile(snapshot, Buffer.from("mine"))).toThrow("changed by another program");
    expect(readFileSync(folder.join("a.md"), "utf8")).toBe("other");
    expect(readdirSync(folder.path)).toEqual(["a.md"]);
  });

  test("bytes that are no UTF-8, read-only files, folders and files of other kinds are refused", async () => {
    using folder = new TempFolder();
    folder.write({
      "latin.md": new Uint8Array([0x23, 0x20, 0xe9, 0x0a]),
      "wide.md": new Uint8Array([0xff, 0xfe, 0x23, 0x00]),
      "locked.md": "# Locked\n",
      "plain.txt": "text\n",
      "script.ts": "export {};\n",
      ".git/a.md": "# Git\n",
    });
    chmodSync(folder.join("locked.md"), 0o444);
    mkdirSync(folder.join("folder.md"));
    symlinkSync(folder.join("plain.txt"), folder.join("disguised.md"));
    symlinkSync("/etc/hostname", folder.join("out.md"));
    expect(await refused(folder, "latin.md", "x")).toBe("document.encoding");
    expect(await refused(folder, "wide.md", "x")).toBe("document.encoding");
    expect(await refused(folder, "locked.md", "x")).toBe("file.read-only");
    expect(await refused(folder, "plain.txt", "x")).toBe("path.not-markdown");
    expect(await refused(folder, "script.ts", "x")).toBe("path.not-markdown");
    expect(await refused(folder, "disguised.md", "x")).toBe("path.not-markdown");
    expect(await refused(folder, "folder.md", "x")).toBe("path.unreadable");
    expect(await refused(folder, ".git/a.md", "x")).toBe("path.outside");
    expect(await refused(folder, "out.md", "x")).toBe("path.outside");
    expect(await refused(folder, "../a.md", "x")).toBe("path.outside");
    expect(await refused(folder, "none.md", "x")).toBe("path.missing");
    expect(readFileSync(folder.join("locked.md"), "utf8")).toBe("# Locked\n");
    expect(lstatSync(folder.join("disguised.md")).isSymbolicLink()).toBe(true);
  });

  test.each([
    "",
    "#",
    "two words",
    "a,b",
    "a]",
    "[a",
    "a: b",
    "-a",
    "a-",
    "/",
    "a\nb",
    '"a"',
    "a#b",
    "x".repeat(101),
    "emoji😀",
    "{a}",
  ])("%j is no tag", async (tag) => {
    using folder = new TempFolder();
    folder.write({ "a.md": "# A\n" });
    const project = await loadProject({ root: folder.path, cwd: folder.path });
    await expect(injectTags(project, "a.md", ["fine", tag])).rejects.toThrow("cannot be a tag");
    expect(readFileSync(folder.join("a.md"), "utf8")).toBe("# A\n");
  });
});

test("a name or a title is no path: the only document that has it is named, and nothing is written", async () => {
  using folder = new TempFolder().write({
    "notes/bird.md": "# Heron\n",
    "a/twice.md": "# One\n",
    "b/twice.md": "# Two\n",
  });
  await init(folder);
  const hint = async (path: string) => {
    const { status, document } = await amalfaJson<ErrorDocument>(["inject-tags", path, "neu"], {
      cwd: folder.path,
    });
    expect([status, document.error.code]).toEqual([1, "path.missing"]);
    return document.error.hint;
  };
  for (const name of ["Heron", "bird", "bird.md"])
    expect(await hint(name)).toBe("Did you mean notes/bird.md?");
  for (const name of ["twice", "gull"]) expect(await hint(name)).toStartWith("Give a path relative");
  expect(readFileSync(folder.join("notes/bird.md"), "utf8")).toBe("# Heron\n");
});
