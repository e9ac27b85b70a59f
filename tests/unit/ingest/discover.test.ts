import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Discovery, discover } from "../../../src/ingest/discovery/discover.ts";
import { documentId } from "../../../src/ingest/markdown/document-id.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "amalfa-discover-")));
chmodSync(base, 0o755);
afterAll(() => rmSync(base, { recursive: true, force: true }));

let root = "";
let count = 0;
beforeEach(() => {
  root = join(base, `project-${++count}`);
  mkdirSync(root);
});

function write(path: string, contents = `# ${path}\n`): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
  return file;
}

function find(sources: readonly string[] = ["."], excludePatterns: readonly string[] = []): Discovery {
  return discover({ root, sources, excludePatterns });
}

const ids = (sources?: readonly string[], excludePatterns?: readonly string[]) =>
  find(sources, excludePatterns).files.map(({ id }) => id);

const failures = (found: Discovery) =>
  Object.fromEntries(found.failed.map(({ path, error }) => [path, error]));

/** Root may read everything, so that a test of permissions must be somebody else for a moment. */
function asNobody<T>(act: () => T): T {
  if (process.geteuid?.() !== 0) return act();
  process.seteuid?.(65_534);
  try {
    return act();
  } finally {
    process.seteuid?.(0);
  }
}

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
    const repository = root;
    write("../.gitignore", "beyond.md\n");
    write(".git/HEAD", "");
    write(".gitignore", "above.md\n/part/pinned.md\n");
    root = join(root, "part");
    for (const path of ["above.md", "beyond.md", "pinned.md", "sub/pinned.md", "sub/above.md"]) write(path);
    expect(ids()).toEqual(["beyond.md", "sub/pinned.md"]);
    rmSync(join(dirname(repository), ".gitignore"));
  });

  test("do not come from above where there is no repository", () => {
    write(".gitignore", "a.md\n");
    root = join(root, "part");
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
    symlinkSync("../rules", join(root, "a/.gitignore"));
    write("b/x.md");
    Bun.spawnSync(["mkfifo", join(root, "b/.gitignore")]);
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
    mkdirSync(join(root, "empty"));
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
    expect(failures(find(["a.txt"]))["a.txt"]).toContain("not a markdown file");
  });

  test("may be a link to a folder inside the root, never to one outside", () => {
    write("real/a.md");
    symlinkSync("real", join(root, "link"));
    symlinkSync(base, join(root, "out"));
    symlinkSync(join(base), join(root, "real/out"));
    expect(ids(["link"])).toEqual(["link/a.md"]);
    for (const source of ["out", "real/out", "out/*.md", "..", "/"]) {
      expect(() => find([source])).toThrow(expect.objectContaining({ code: "config.invalid", exit: 2 }));
    }
  });
});

describe("links and special files", () => {
  test("links to folders are not followed, so that loops end", () => {
    write("a/x.md");
    symlinkSync("..", join(root, "a/up"));
    symlinkSync(".", join(root, "a/self.md"));
    expect(find()).toMatchObject({ files: [{ id: "a/x.md" }], failed: [], unobserved: [] });
  });

  test("a link to a file inside the root is a document of its own", () => {
    write("a.md", "1234567");
    symlinkSync("a.md", join(root, "b.md"));
    linkSync(join(root, "a.md"), join(root, "c.md"));
    expect(find().files.map(({ id, size }) => [id, size])).toEqual([
      ["a.md", 7],
      ["b.md", 7],
      ["c.md", 7],
    ]);
  });

  test("links that lead nowhere, in circles or outside are named", () => {
    const outside = join(base, "outside.md");
    writeFileSync(outside, "secret");
    symlinkSync("gone.md", join(root, "dangling.md"));
    symlinkSync("loop.md", join(root, "loop.md"));
    symlinkSync(outside, join(root, "outside.md"));
    const found = find();
    expect(found.files).toEqual([]);
    expect(failures(found)).toEqual({
      "dangling.md": "is a link to nothing",
      "loop.md": "is a link that leads back to itself",
      "outside.md": "is a link to a file outside the project root",
    });
    // They are known to hold nothing: what the graph has of them goes, as for any file that is gone.
    expect(found.unobserved).toEqual([]);
  });

  test("pipes and sockets are named and never opened", () => {
    Bun.spawnSync(["mkfifo", join(root, "pipe.md")]);
    symlinkSync("pipe.md", join(root, "link.md"));
    using _server = Bun.listen({ unix: join(root, "socket.md"), socket: { data() {} } });
    expect(failures(find())).toEqual({
      "link.md": "is a named pipe, not a regular file",
      "pipe.md": "is a named pipe, not a regular file",
      "socket.md": "is a socket, not a regular file",
    });
  });

  // Elsewhere file systems take UTF-8 only, and cannot have the problem.
  test.if(process.platform === "linux")(
    "names that are not UTF-8 are named with escapes, and the others are found",
    () => {
      write("d/fine.md");
      const bytes = (...parts: (string | number)[]) =>
        Buffer.concat(
          parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([part]))),
        );
      writeFileSync(bytes(`${root}/d/caf`, 0xe9, "-é.md"), "x");
      writeFileSync(bytes(`${root}/d/other`, 0xe9, ".txt"), "x");
      mkdirSync(bytes(`${root}/d/dir`, 0xff));
      const found = find();
      expect(found.files.map(({ id }) => id)).toEqual(["d/fine.md"]);
      expect(failures(found)).toEqual({
        "d/caf\\xe9-é.md": "its name is not valid UTF-8",
        "d/dir\\xff": "its name is not valid UTF-8",
      });
    },
  );
});

describe("I11 A vanished source does not wipe the memory: what could not be looked at is unobserved", () => {
  test("an unreadable folder", () => {
    write("docs/private/a.md");
    write("docs/b.md");
    chmodSync(join(root, "docs/private"), 0o000);
    const found = asNobody(() => find());
    chmodSync(join(root, "docs/private"), 0o755);
    expect(found.files.map(({ id }) => id)).toEqual(["docs/b.md"]);
    expect(failures(found)).toEqual({ "docs/private": "permission denied" });
    expect(found.unobserved).toEqual(["docs/private/"]);
  });

  test("a folder whose files may not be looked at", () => {
    write("docs/100%.md");
    chmodSync(join(root, "docs"), 0o444);
    const found = asNobody(() => find());
    chmodSync(join(root, "docs"), 0o755);
    expect(failures(found)).toEqual({ "docs/100%.md": "permission denied" });
    expect(found.unobserved).toEqual([documentId("docs/100%.md")]);
  });

  test("the project root itself", () => {
    write("a.md");
    chmodSync(root, 0o311);
    const found = asNobody(() => find());
    chmodSync(root, 0o755);
    expect(failures(found)).toEqual({ ".": "permission denied" });
    expect(found.unobserved).toEqual([""]);
  });

  test("a source behind an unreadable folder, which is not missing", () => {
    write("closed/docs/a.md");
    chmodSync(join(root, "closed"), 0o000);
    const found = asNobody(() => find(["closed/docs"]));
    chmodSync(join(root, "closed"), 0o755);
    expect(found.missingSources).toEqual([]);
    expect(failures(found)).toEqual({ "closed/docs": "permission denied" });
    expect(found.unobserved).toEqual(["closed/docs", "closed/docs/"]);
  });

  test("a folder whose .gitignore cannot be read, rather than showing what it hides", () => {
    write("docs/.gitignore", "secret.md\n");
    write("docs/secret.md");
    chmodSync(join(root, "docs/.gitignore"), 0o000);
    const found = asNobody(() => find());
    expect(found.files).toEqual([]);
    expect(failures(found)).toEqual({ "docs/.gitignore": "permission denied" });
    expect(found.unobserved).toEqual(["docs/"]);
  });

  test("a file that a cloud has taken off the disk", () => {
    write("notes/here.md");
    for (const name of [
      ".away.md.icloud",
      "far.md.nextcloud",
      ".here.md.icloud",
      ".photo.png.icloud",
      ".icloud",
    ])
      write(`notes/${name}`);
    write("drafts/.old.md.icloud");
    const found = find(["."], ["drafts/"]);
    expect(found.files.map(({ id }) => id)).toEqual(["notes/here.md"]);
    expect(found.unobserved).toEqual(["notes/away.md", "notes/far.md"]);
    expect(failures(found)).toEqual({
      "notes/away.md": "is in the cloud and not on this disk",
      "notes/far.md": "is in the cloud and not on this disk",
    });
    const named = find(["notes/away.md"]);
    expect(named.missingSources).toEqual([]);
    expect(named.unobserved).toEqual(["notes/away.md"]);
    expect(find(["notes/gone.md"]).missingSources).toEqual(["notes/gone.md"]);
  });

  test("a path that is longer than the system allows", () => {
    const half = Array.from({ length: 11 }, () => "d".repeat(200)).join("/");
    write("a.md");
    for (const side of ["one", "two"]) mkdirSync(join(root, side, half), { recursive: true });
    // The end could not be made under its full name, but half of the way can be moved below the other half.
    renameSync(join(root, "two"), join(root, "one", half, "two"));
    const found = find();
    renameSync(join(root, "one", half, "two"), join(root, "two"));
    expect(found.files.map(({ id }) => id)).toEqual(["a.md"]);
    expect(found.failed).toHaveLength(1);
    expect(found.failed[0]?.error).toBe("its path is too long for the system");
    expect(found.unobserved).toHaveLength(1);
  });
});
