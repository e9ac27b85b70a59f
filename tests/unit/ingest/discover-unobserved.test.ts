/** Links, special files, and what could not be looked at. */
import { describe, expect, test } from "bun:test";
import { chmodSync, linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { documentId } from "../../../src/ingest/markdown/link-paths.ts";
import { failuresOf, useDiscovery } from "../../helpers/discovering.ts";

const { find, place, write } = useDiscovery();

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

describe("links and special files", () => {
  test("links to folders are not followed, so that loops end", () => {
    write("a/x.md");
    symlinkSync("..", join(place.root, "a/up"));
    symlinkSync(".", join(place.root, "a/self.md"));
    expect(find()).toMatchObject({ files: [{ id: "a/x.md" }], failed: [], unobserved: [] });
  });

  test("a link to a file inside the root is a document of its own", () => {
    write("a.md", "1234567");
    symlinkSync("a.md", join(place.root, "b.md"));
    linkSync(join(place.root, "a.md"), join(place.root, "c.md"));
    expect(find().files.map(({ id, size }) => [id, size])).toEqual([
      ["a.md", 7],
      ["b.md", 7],
      ["c.md", 7],
    ]);
  });

  test("links that lead nowhere, in circles or outside are named", () => {
    const outside = join(place.base, "outside.md");
    writeFileSync(outside, "secret");
    symlinkSync("gone.md", join(place.root, "dangling.md"));
    symlinkSync("loop.md", join(place.root, "loop.md"));
    symlinkSync(outside, join(place.root, "outside.md"));
    const found = find();
    expect(found.files).toEqual([]);
    expect(failuresOf(found)).toEqual({
      "dangling.md": "is a link to nothing",
      "loop.md": "is a link that leads back to itself",
      "outside.md": "is a link to a file outside the project root",
    });
    // They are known to hold nothing: what the graph has of them goes, as for any file that is gone.
    expect(found.unobserved).toEqual([]);
  });

  test("pipes and sockets are named and never opened", () => {
    Bun.spawnSync(["mkfifo", join(place.root, "pipe.md")]);
    symlinkSync("pipe.md", join(place.root, "link.md"));
    using _server = Bun.listen({ unix: join(place.root, "socket.md"), socket: { data() {} } });
    expect(failuresOf(find())).toEqual({
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
      writeFileSync(bytes(`${place.root}/d/caf`, 0xe9, "-é.md"), "x");
      writeFileSync(bytes(`${place.root}/d/other`, 0xe9, ".txt"), "x");
      mkdirSync(bytes(`${place.root}/d/dir`, 0xff));
      const found = find();
      expect(found.files.map(({ id }) => id)).toEqual(["d/fine.md"]);
      expect(failuresOf(found)).toEqual({
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
    chmodSync(join(place.root, "docs/private"), 0o000);
    const found = asNobody(() => find());
    chmodSync(join(place.root, "docs/private"), 0o755);
    expect(found.files.map(({ id }) => id)).toEqual(["docs/b.md"]);
    expect(failuresOf(found)).toEqual({ "docs/private": "permission denied" });
    expect(found.unobserved).toEqual(["docs/private/"]);
  });

  test("a folder whose files may not be looked at", () => {
    write("docs/100%.md");
    chmodSync(join(place.root, "docs"), 0o444);
    const found = asNobody(() => find());
    chmodSync(join(place.root, "docs"), 0o755);
    expect(failuresOf(found)).toEqual({ "docs/100%.md": "permission denied" });
    expect(found.unobserved).toEqual([documentId("docs/100%.md")]);
  });

  test("the project root itself", () => {
    write("a.md");
    chmodSync(place.root, 0o311);
    const found = asNobody(() => find());
    chmodSync(place.root, 0o755);
    expect(failuresOf(found)).toEqual({ ".": "permission denied" });
    expect(found.unobserved).toEqual([""]);
  });

  test("a source behind an unreadable folder, which is not missing", () => {
    write("closed/docs/a.md");
    chmodSync(join(place.root, "closed"), 0o000);
    const found = asNobody(() => find(["closed/docs"]));
    chmodSync(join(place.root, "closed"), 0o755);
    expect(found.missingSources).toEqual([]);
    expect(failuresOf(found)).toEqual({ "closed/docs": "permission denied" });
    expect(found.unobserved).toEqual(["closed/docs", "closed/docs/"]);
  });

  test("a folder whose .gitignore cannot be read, rather than showing what it hides", () => {
    write("docs/.gitignore", "secret.md\n");
    write("docs/secret.md");
    chmodSync(join(place.root, "docs/.gitignore"), 0o000);
    const found = asNobody(() => find());
    expect(found.files).toEqual([]);
    expect(failuresOf(found)).toEqual({ "docs/.gitignore": "permission denied" });
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
    expect(failuresOf(found)).toEqual({
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
    for (const side of ["one", "two"]) mkdirSync(join(place.root, side, half), { recursive: true });
    // The end could not be made under its full name, but half of the way can be moved below the other half.
    renameSync(join(place.root, "two"), join(place.root, "one", half, "two"));
    const found = find();
    renameSync(join(place.root, "one", half, "two"), join(place.root, "two"));
    expect(found.files.map(({ id }) => id)).toEqual(["a.md"]);
    expect(found.failed).toHaveLength(1);
    expect(found.failed[0]?.error).toBe("its path is too long for the system");
    expect(found.unobserved).toHaveLength(1);
  });
});
