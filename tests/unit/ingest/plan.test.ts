import { describe, expect, test } from "bun:test";
import {
  emptiedSources,
  type FileAccess,
  leavingWithTrees,
  planIngest,
  refusalReason,
  treesToKeep,
} from "../../../src/ingest/plan.ts";

const file = (id: string, size = 1, mtimeMs = 1, access: FileAccess = "granted") => ({
  id,
  size,
  mtimeMs,
  access,
});
const known = (...ids: string[]) => new Map(ids.map((id) => [id, { size: 1, mtimeMs: 1 }]));

describe("planIngest", () => {
  test("reads what is new and what differs in size or time, and nothing else", () => {
    const found = [file("same.md"), file("bigger.md", 2), file("later.md", 1, 2), file("new.md")];
    const plan = planIngest({
      found,
      unobserved: [],
      known: known("same.md", "bigger.md", "later.md"),
      readAll: "read changed",
    });
    expect(plan.read.map(({ id }) => id)).toEqual(["bigger.md", "later.md", "new.md"]);
    expect(plan).toMatchObject({ unchanged: 1, absent: [] });
  });

  test("takes another number or time of the entry for a change, where both are known", () => {
    const as = (ctimeMs?: number, inode?: number) => ({
      size: 1,
      mtimeMs: 1,
      ...(ctimeMs === undefined ? {} : { ctimeMs }),
      ...(inode === undefined ? {} : { inode }),
    });
    const isRead = (before: ReturnType<typeof as>, now: ReturnType<typeof as>): boolean =>
      planIngest({
        found: [{ ...file("a.md"), ...now }],
        unobserved: [],
        known: new Map([["a.md", before]]),
        readAll: "read changed",
      }).read.length === 1;
    expect(isRead(as(5, 7), as(5, 7))).toBe(false);
    expect(isRead(as(5, 7), as(6, 7))).toBe(true);
    expect(isRead(as(5, 7), as(5, 8))).toBe(true);
    for (const unknown of [as(), as(-1, -1)]) {
      expect(isRead(unknown, as(5, 7))).toBe(false);
      expect(isRead(as(5, 7), unknown)).toBe(false);
    }
  });

  test("reads what it may not be allowed to read, so that this is noticed", () => {
    const plan = planIngest({
      found: [file("open.md"), file("closed.md", 1, 1, "in doubt")],
      unobserved: [],
      known: known("open.md", "closed.md"),
      readAll: "read changed",
    });
    expect(plan.read.map(({ id }) => id)).toEqual(["closed.md"]);
    expect(plan).toMatchObject({ unchanged: 1, absent: [] });
  });

  test("reads everything when told to", () => {
    const plan = planIngest({
      found: [file("same.md")],
      unobserved: [],
      known: known("same.md"),
      readAll: "read all",
    });
    expect(plan.read).toHaveLength(1);
  });

  test("I11 only what was observed to be absent is absent", () => {
    const stored = known("gone.md", "locked/a.md", "locked/deep/b.md", "lockedout.md", "unreadable.md");
    const plan = planIngest({
      found: [],
      unobserved: ["locked/", "unreadable.md"],
      known: stored,
      readAll: "read changed",
    });
    expect(plan.absent).toEqual(["gone.md", "lockedout.md"]);
  });

  test("I11 a file that could not be read hides no other whose name begins with its", () => {
    const plan = planIngest({
      found: [],
      unobserved: ["notes", "locked/"],
      known: known("notes-of-old.md", "locked/a.md"),
      readAll: "read changed",
    });
    expect(plan.absent).toEqual(["notes-of-old.md"]);
  });

  test("I11 nothing is absent when the root itself could not be read", () => {
    const plan = planIngest({ found: [], unobserved: [""], known: known("a.md"), readAll: "read changed" });
    expect(plan.absent).toEqual([]);
  });
});

describe("I11 refusalReason", () => {
  const fine = { known: 10, absent: [], accountedFor: 0, missingSources: [], emptiedSources: [] };
  const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}.md`);

  test("half of the documents may go, more than half may not", () => {
    expect(refusalReason({ ...fine, absent: ids(5) })).toBeUndefined();
    expect(refusalReason({ ...fine, absent: ids(6) })).toContain("6 of 10 documents");
  });

  test("documents that only moved, or that git keeps, are not gone", () => {
    expect(refusalReason({ ...fine, absent: ids(10), accountedFor: 9 })).toBeUndefined();
  });

  test("names a source that is missing or has become empty", () => {
    expect(refusalReason({ ...fine, missingSources: ["notes"] })).toBe(
      'The source "notes" cannot be found or read',
    );
    expect(refusalReason({ ...fine, missingSources: ["notes", "docs"] })).toBe(
      'The sources "notes", "docs" cannot be found or read',
    );
    expect(refusalReason({ ...fine, emptiedSources: ["notes"] })).toContain('"notes" held documents before');
  });

  test("a first ingest of nothing is no loss", () => {
    expect(refusalReason({ ...fine, known: 0 })).toBeUndefined();
  });
});

describe("I11 emptiedSources", () => {
  const sources = [
    { source: "notes", prefix: "notes/" },
    { source: "docs", prefix: "docs/" },
  ];
  test("a folder that held documents and holds none now", () => {
    expect(emptiedSources(sources, [file("docs/a.md")], known("docs/a.md", "notes/b.md"))).toEqual(["notes"]);
  });

  test("one that holds other documents than before is not emptied", () => {
    const before = known("docs/a.md", "notes/b.md", "notes/c.md");
    expect(emptiedSources(sources, [file("docs/a.md"), file("notes/d.md")], before)).toEqual([]);
  });

  test("a folder that never held any is not emptied", () => {
    expect(emptiedSources(sources, [file("docs/a.md")], known("docs/a.md"))).toEqual([]);
  });
});

describe("documents in git trees of their own", () => {
  const ids = ["notes.md", "sub/a.md", "sub/deep/b.md", "other/c.md", "x/sub/"];
  test("are counted by the tree that they leave with", () => {
    expect(leavingWithTrees(ids, ["sub/", "other/", "empty/"])).toEqual([
      { path: "sub", documents: 2 },
      { path: "other", documents: 1 },
    ]);
    expect(leavingWithTrees([], ["sub/"])).toEqual([]);
  });
  test("are kept by an answer; a tree is a prefix that ends with a slash", () => {
    expect(treesToKeep(known(...ids), ["sub/", "other/", "notes.md"])).toEqual({
      trees: [
        { path: "sub", documents: 2 },
        { path: "other", documents: 1 },
      ],
      prefixes: ["sub/", "other/"],
      documents: ["sub/a.md", "sub/deep/b.md", "other/c.md"],
    });
    expect(treesToKeep(known(...ids), [])).toEqual({ trees: [], prefixes: [], documents: [] });
  });
});
