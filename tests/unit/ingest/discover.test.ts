/** Which documents are found: names, ignore rules, sources. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { documentId } from "../../../src/ingest/markdown/link-paths.ts";
import { failuresOf, useDiscovery } from "../../helpers/discovering.ts";

const { find, ids, place, write } = useDiscovery();

describe("documents", () => {
  test("are the markdown files below the project root, with size and time, sorted", () => {
    const file = write("b.md", "12345");
    for (const path of ["a/x.markdown", "a-b/y.MDX", "a/z.mkd", "c.mdown", "n.txt", "md", "a.md.bak", "B.MD"])
      write(path);
    const found = find();
    expect(found.files.map(({ id }) => id)).toEqual([
      "B.MD",
      "a-b/y.MDX",
      "a/x.markdown",
      "a/z.mkd",
      "b.md",
      "c.mdown",
    ]);
    expect(found.files.find(({ id }) => id === "b.md")).toEqual({
      id: "b.md",
      path: file,
      size: 5,
      mtimeMs: statSync(file).mtimeMs,
      ctimeMs: statSync(file).ctimeMs,
      inode: statSync(file).ino,
      access: "granted",
    });
    expect(found).toMatchObject({ failed: [], unobserved: [], missingSources: [] });
  });

  test("are not looked for in dependencies, git's data, amalfa's data and hidden places", () => {
    for (const path of [
      "node_modules/a.md",
      "x/node_modules/b.md",
      "x/.git/c.md",
      ".amalfa/d.md",
      ".amalfa.old/e.md",
    ])
      write(path);
    for (const path of [".github/f.md", "x/.hidden.md", "x/seen.md"]) write(path);
    expect(ids()).toEqual(["x/seen.md"]);
  });

  test("may have any name", () => {
    const names = [
      "with space.md",
      "quo\"te's.md",
      "🦀.md",
      "100%.md",
      "new\nline.md",
      "back\\slash.md",
      "-rf.md",
      "ok\uFFFD.md",
      "*.md",
    ];
    for (const name of names) write(`d/${name}`);
    const found = find();
    expect(found.failed).toEqual([]);
    expect(found.files.map(({ id }) => id)).toEqual(names.map((name) => documentId(`d/${name}`)).sort());
    for (const { path } of found.files) expect(statSync(path).isFile()).toBe(true);
  });

  test("may lie very deep", () => {
    const deep = `${"d/".repeat(900)}x.md`;
    write(deep);
    expect(ids()).toEqual([deep]);
  });
});

describe("ignore rules", () => {
  test("with a line that is no pattern are named, and their folder is left alone", () => {
    write("b.md");
    write("sub/.gitignore", `# ${"x".repeat(5_000)}\n${"x*".repeat(400_000)}\n`);
    write("sub/a.md");
    const found = find();
    expect(found.files.map(({ id }) => id)).toEqual(["b.md"]);
    const error = "has more than 4,096 characters in line 2, which is no pattern";
    expect(found.failed).toEqual([{ path: "sub/.gitignore", error }]);
    expect(found.unobserved).toEqual(["sub/"]);
  });

  test("of nested .gitignore files hold in their folder, the deepest first", () => {
    write(".gitignore", "# comment\n\n*.tmp.md\n/only-here.md\nbuild/\nlogs\n");
    write("sub/.gitignore", "!keep.tmp.md\nlocal.md\n!logs\n/anchored.md\nx/y.md\n");
    for (const path of ["a.tmp.md", "only-here.md", "build/a.md", "logs/a.md", "local.md"]) write(path);
    for (const path of ["a.tmp.md", "keep.tmp.md", "only-here.md", "local.md", "deep/local.md"])
      write(`sub/${path}`);
    for (const path of [
      "logs/a.md",
      "logs/b.tmp.md",
      "anchored.md",
      "deep/anchored.md",
      "x/y.md",
      "z/x/y.md",
    ])
      write(`sub/${path}`);
    expect(ids()).toEqual([
      "local.md",
      "sub/deep/anchored.md",
      "sub/keep.tmp.md",
      "sub/logs/a.md",
      "sub/only-here.md",
      "sub/z/x/y.md",
    ]);
  });

  test("hold in folders whose names look like patterns", () => {
    write("[a]*/.gitignore", "x.md\n!#y.md\n\\#z.md\ntrail.md   \n");
    for (const path of ["[a]*/x.md", "[a]*/#z.md", "[a]*/trail.md", "[a]*/w.md", "ab/x.md"]) write(path);
    expect(ids()).toEqual(["[a]*/w.md", "ab/x.md"]);
  });

  test("hold however few of them could match a document at all", () => {
    const patterns = [
      "node_modules/",
      "*.log",
      "a.m\\d",
      "b*",
      "[c].md",
      "D.md/",
      "e.m?",
      "docs/f.md",
      "!b2.md",
    ];
    write(".gitignore", `${patterns.join("\n")}\n`);
    for (const path of ["a.md", "b1.md", "b2.md", "c.md", "D.md", "e.md", "docs/f.md"]) write(path);
    expect(ids()).toEqual(["D.md", "b2.md"]);
    for (const pattern of patterns.slice(2, 8)) {
      write(".gitignore", `*.log\n${pattern}\n`);
      expect(ids()).toHaveLength(pattern === "D.md/" ? 7 : pattern === "b*" ? 5 : 6);
    }
  });

  test("come from the folders above as well, up to the top of the repository", () => {
    const repository = place.root;
    write("../.gitignore", "beyond.md\n");
    write(".git/HEAD", "");
    write(".gitignore", "above.md\n/part/pinned.md\n");
    place.root = join(place.root, "part");
    for (const path of ["above.md", "beyond.md", "pinned.md", "sub/pinned.md", "sub/above.md"]) write(path);
    expect(ids()).toEqual(["beyond.md", "sub/pinned.md"]);
    rmSync(join(dirname(repository), ".gitignore"));
  });

  test("do not come from above where there is no repository", () => {
    write(".gitignore", "a.md\n");
    place.root = join(place.root, "part");
    write("a.md");
    expect(ids()).toEqual(["a.md"]);
  });

  test("do not hide a source that is named, but those inside it hold", () => {
    write(".gitignore", "vendor/\nsecret.md\n");
    write("vendor/docs/.gitignore", "draft.md\n");
    for (const path of [
      "vendor/a.md",
      "vendor/docs/b.md",
      "vendor/docs/secret.md",
      "vendor/docs/draft.md",
      "secret.md",
    ])
      write(path);
    expect(ids()).toEqual([]);
    expect(ids(["vendor/docs"])).toEqual(["vendor/docs/b.md", "vendor/docs/secret.md"]);
    expect(ids(["vendor/**/b.md", "secret.md"])).toEqual(["secret.md", "vendor/docs/b.md"]);
  });

  test("still hold in a source that is named but not ignored", () => {
    write(".gitignore", "secret.md\n");
    for (const path of ["docs/secret.md", "docs/a.md"]) write(path);
    expect(ids(["docs"])).toEqual(["docs/a.md"]);
  });

  test("of excludePatterns are relative to the project root and hold everywhere", () => {
    for (const path of ["docs/a.md", "docs/drafts/b.md", "drafts/c.md", "d.md", "docs/e.md"]) write(path);
    expect(ids(["."], ["drafts/", "/docs/e.md", "./d.md"])).toEqual(["docs/a.md"]);
    expect(ids(["d.md", "drafts"], ["d.md", "drafts/"])).toEqual([]);
  });

  test("are not read through a link, and a pipe of that name blocks nothing", () => {
    write("a/x.md");
    write("rules", "x.md\n");
    symlinkSync("../rules", join(place.root, "a/.gitignore"));
    write("b/x.md");
    Bun.spawnSync(["mkfifo", join(place.root, "b/.gitignore")]);
    expect(ids()).toEqual(["a/x.md", "b/x.md"]);
  });
});

describe("sources", () => {
  test("are files, folders and globs, and an overlap counts once", () => {
    for (const path of ["README.md", "docs/a.md", "docs/sub/b.md", "notes/c.md", "notes/d.txt"]) write(path);
    const found = find(["README.md", "docs", "*/*.md", "docs/sub/*", "notes/**"]);
    expect(found.files.map(({ id }) => id)).toEqual([
      "README.md",
      "docs/a.md",
      "docs/sub/b.md",
      "notes/c.md",
    ]);
    expect(found.sources).toEqual([
      { source: "README.md", kind: "file", exists: true, documents: 1 },
      { source: "docs", kind: "folder", exists: true, documents: 2 },
      { source: "*/*.md", kind: "glob", exists: true, documents: 2 },
      { source: "docs/sub/*", kind: "glob", exists: true, documents: 1 },
      { source: "notes/**", kind: "glob", exists: true, documents: 1 },
    ]);
  });

  test("as globs of earlier versions work", () => {
    for (const path of ["a.md", "src/b.md", "src/x/y/z/c.md", "lib/d.md"]) write(path);
    expect(ids(["./*.md", "./src/**/*.md"])).toEqual(["a.md", "src/b.md", "src/x/y/z/c.md"]);
    expect(ids(["{src,lib}/*.md"])).toEqual(["lib/d.md", "src/b.md"]);
  });

  test("that are missing are told apart from globs without a match", () => {
    mkdirSync(join(place.root, "empty"));
    write("file.md");
    const found = find(["gone", "gone.md", "empty/*.md", "gone/**/*.md", "file.md/x"]);
    expect(found.missingSources).toEqual(["gone", "gone.md", "gone/**/*.md", "file.md/x"]);
    expect(found.files).toEqual([]);
    expect(found.failed).toEqual([]);
  });

  test("may name hidden folders and files", () => {
    for (const path of [".github/a.md", ".github/.b.md", ".notes/c.md", ".d.md"]) write(path);
    expect(ids([".github", ".d.md"])).toEqual([".d.md", ".github/a.md"]);
    expect(ids(["**/.notes/*.md"])).toEqual([".notes/c.md"]);
  });

  test("whose name only looks like a glob are what they are", () => {
    for (const path of ["notes [2024]/a.md", "notes 2/b.md"]) write(path);
    expect(ids(["notes [2024]"])).toEqual(["notes [2024]/a.md"]);
  });

  test("that are files but not markdown are named", () => {
    write("a.txt");
    expect(failuresOf(find(["a.txt"]))["a.txt"]).toContain("not a markdown file");
  });

  test("may be a link to a folder inside the root, never to one outside", () => {
    write("real/a.md");
    symlinkSync("real", join(place.root, "link"));
    symlinkSync(place.base, join(place.root, "out"));
    symlinkSync(join(place.base), join(place.root, "real/out"));
    expect(ids(["link"])).toEqual(["link/a.md"]);
    for (const source of ["out", "real/out", "out/*.md", "..", "/"]) {
      expect(() => find([source])).toThrow(expect.objectContaining({ code: "config.invalid", exit: 2 }));
    }
  });
});
