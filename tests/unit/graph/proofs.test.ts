/** I15: digests beside the rows, the same by whatever way the rows came to be. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  chunkFault,
  countFaults,
  digestOfRow,
  documentFaults,
  joinedColumns,
  joinedValues,
  packFaults,
  proofFaults,
  sampleOf,
} from "../../../src/graph/proof/index.ts";
import { metaFault } from "../../../src/graph/proof/meta.ts";
import { packsUnlikeVectors } from "../../../src/graph/sign-bits.ts";
import { readGeneration } from "../../../src/graph/state.ts";
import { Staging } from "../../../src/graph/write/staging.ts";
import { writeGraph, writeVectors } from "../../../src/graph/write/writer.ts";
import {
  type FixtureDocument,
  fixtureGraph,
  openFixtureGraph,
  unitVector,
  writeFixture,
} from "../../helpers/graph-fixture.ts";
import { graphRows } from "../../helpers/graph-rows.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

function faultsOf(db: Database): unknown[] {
  return [
    metaFault(db) ?? [],
    chunkFault(db) ?? [],
    proofFaults(db),
    countFaults(db),
    documentFaults(db),
    packFaults(db),
    packsUnlikeVectors(db),
  ].flat();
}

const documents: readonly FixtureDocument[] = Array.from({ length: 9 }, (_, i) => ({
  id: `docs/${i}.md`,
  texts: [`first of ${i}: naïve, 日本語 \u{1f600}`, `second of ${i}\u0000and more`],
  linksTo: i === 0 ? [] : [`docs/${i - 1}.md`],
}));

/** Documents and their words, whose vectors come later. */
function writeWords(db: Database): { chunk: number; key: string; vector: Float32Array }[] {
  const staging = new Staging(db);
  for (const { id, texts, linksTo = [] } of documents) {
    const links = linksTo.map((target, at) => ({ type: "link", target, anchor: undefined, line: at + 1 }));
    const hash = `hash of ${texts.join()}`;
    const chunks = texts.map((text, ordinal) => ({
      node: id,
      ordinal,
      heading: [id],
      startLine: ordinal * 10 + 1,
      endLine: ordinal * 10 + 9,
      text,
      key: `key of ${Bun.hash.xxHash3(text).toString(16)}`,
      vector: undefined,
      context: id,
    }));
    staging.add([{ id, title: id, hash, tags: [], aliases: [], size: 1, mtimeMs: 1, links }], chunks);
    staging.addEdges(
      linksTo.map((target) => ({ source: id, target, type: "link" })),
      [],
    );
  }
  const meta = { model: "fixture", fingerprint: "fixture" };
  writeGraph(staging, { scope: "everything", edges: "all sources", generation: readGeneration(db), meta });
  const rows = db.query("SELECT id, key, text FROM chunks ORDER BY id").values() as [
    number,
    string,
    string,
  ][];
  return rows.map(([chunk, key, text]) => ({ chunk, key, vector: unitVector(text) }));
}

test("values are joined as SQLite joins the columns that they are written to", () => {
  using db = new Database(":memory:");
  db.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL, c INTEGER NOT NULL, d TEXT NOT NULL)");
  const insert = db.query("INSERT OR REPLACE INTO t VALUES (?, ?, ?, ?)");
  const select = db.query(`SELECT ${joinedColumns(db, "t")} FROM t WHERE a = ?`);
  const text = fc.string({ unit: "binary" });
  const whole = fc.oneof(fc.nat(), fc.nat(2 ** 32 - 1), fc.maxSafeNat());
  fc.assert(
    fc.property(whole, text, whole, text, (...row) => {
      insert.run(...row);
      const [[joined]] = select.values(row[0]) as [[Uint8Array]];
      expect(digestOfRow(joinedValues(...row))).toBe(digestOfRow(joined));
    }),
    { seed: 20_260 },
  );
});

describe("What proves the rows", () => {
  test("is right while vectors come in, and at last the same as if all had come at once", () => {
    using folder = new TempFolder();
    using db = openFixtureGraph(folder.join("late.db"));
    const late = writeWords(db);
    expect(faultsOf(db)).toEqual([]);
    for (let at = 0; at < late.length; at += 5) {
      writeVectors(db, late.slice(at, at + 5), { generation: readGeneration(db), meta: {} });
      expect(faultsOf(db)).toEqual([]);
    }
    using atOnce = openFixtureGraph(folder.join("at-once.db"));
    writeFixture(atOnce, documents, { scope: "everything", edges: "all sources" });
    expect(graphRows(folder.join("late.db"))).toEqual(graphRows(folder.join("at-once.db")));
  });

  test("is right after a rebuild that found most passages as they were prepared", () => {
    const changed = documents.map((document, at) =>
      at % 4 === 1 ? { ...document, texts: ["other words", ...document.texts.slice(1)] } : document,
    );
    using rebuilt = fixtureGraph();
    for (const state of [documents, changed])
      writeFixture(rebuilt, state, { scope: "everything", edges: "all sources" });
    using atOnce = fixtureGraph();
    writeFixture(atOnce, changed, { scope: "everything", edges: "all sources" });
    const proofs = "SELECT * FROM document_proofs ORDER BY node";
    expect(rebuilt.query(proofs).all()).toEqual(atOnce.query(proofs).all());
    expect(faultsOf(rebuilt)).toEqual([]);
  });

  test("does not take over what somebody else writes while a rebuild compares", () => {
    using db = fixtureGraph();
    writeFixture(db, documents, { scope: "everything", edges: "all sources" });
    writeFixture(db, documents, {
      scope: "everything",
      edges: "all sources",
      meanwhile: () => db.run("UPDATE chunks SET end_line = end_line + 1 WHERE node = 'docs/3.md'"),
    });
    expect(documentFaults(db).map(({ document, kind }) => [document, kind])).toEqual([
      ["docs/3.md", "changed"],
    ]);
  });

  test("shows damage that was there before vectors came in, and after", () => {
    using db = fixtureGraph();
    const late = writeWords(db);
    const [first, ...others] = late;
    writeVectors(db, [first!], { generation: readGeneration(db), meta: {} });
    const node = db.query("SELECT node FROM chunks WHERE id = ?").values(first!.chunk)[0]?.[0];
    db.run("DELETE FROM vectors");
    writeVectors(db, others, { generation: readGeneration(db), meta: {} });
    expect(documentFaults(db)).toEqual([{ document: String(node), columns: ["vectors"], kind: "changed" }]);
  });

  test("shows damage that another document's write came after", () => {
    using db = fixtureGraph();
    writeFixture(db, documents, { scope: "everything", edges: "all sources" });
    db.run("UPDATE chunks SET end_line = end_line + 1 WHERE node = 'docs/3.md'");
    db.run("DELETE FROM document_proofs WHERE node = 'docs/5.md'");
    const changed = documents.slice(7, 8).map((document) => ({ ...document, texts: ["other words"] }));
    writeFixture(db, changed, { leaving: changed.map(({ id }) => id) });
    expect(documentFaults(db).map(({ document, kind }) => [document, kind])).toEqual([
      ["docs/3.md", "changed"],
      ["docs/5.md", "unknown"],
    ]);
    expect(proofFaults(db)).toHaveLength(1);
    expect(countFaults(db)).toHaveLength(1);
  });

  test("leaves no trigger behind that a later write would set off", () => {
    using db = fixtureGraph();
    for (let time = 0; time < 3; time++) {
      writeFixture(db, documents, { leaving: time === 0 ? [] : documents.map(({ id }) => id) });
      expect(
        db.query("SELECT name FROM temp.sqlite_schema WHERE type = 'trigger' OR name = 'relinked'").all(),
      ).toEqual([]);
    }
    expect(faultsOf(db)).toEqual([]);
  });

  test("is looked at of every document once in seven days", () => {
    using db = fixtureGraph();
    writeFixture(db, documents, { scope: "everything", edges: "all sources" });
    const week = Array.from({ length: 7 }, (_, day) => sampleOf(db, day * 86_400_000 + 12_345));
    expect(week.flat().sort()).toEqual(documents.map(({ id }) => id));
    expect(sampleOf(db, 7 * 86_400_000)).toEqual(week[0]!);
  });
});
