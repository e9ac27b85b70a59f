import { describe, expect, test } from "bun:test";
import { packPrefixBits } from "../../../src/graph/sign-bits.ts";
import { Staging } from "../../../src/graph/write/staging.ts";
import { writeGraph } from "../../../src/graph/write/writer.ts";
import { AmalfaError } from "../../../src/system/errors.ts";
import {
  type FixtureDocument,
  fixtureGraph,
  openFixtureGraph,
  writeFixture,
} from "../../helpers/graph-fixture.ts";
import { graphRows } from "../../helpers/graph-rows.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

function documents(count: number, text: (i: number) => string): FixtureDocument[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `docs/${i}.md`,
    texts: [`${text(i)} first`, `${text(i)} second`],
    linksTo: i === 0 ? [] : [`docs/${i - 1}.md`],
  }));
}

describe("writeGraph", () => {
  test("changes in steps end in the same rows as one write of the final state", () => {
    using folder = new TempFolder();
    const final = documents(12, (i) => (i % 3 === 0 ? `new ${i}` : `old ${i}`));
    const stepwise = folder.join("stepwise.db");
    using a = openFixtureGraph(stepwise);
    writeFixture(a, [...documents(14, (i) => `old ${i}`)]);
    writeFixture(
      a,
      final.filter((_, i) => i % 3 === 0),
      {
        leaving: ["docs/12.md", "docs/13.md", ...final.filter((_, i) => i % 3 === 0).map(({ id }) => id)],
      },
    );
    const atOnce = folder.join("at-once.db");
    using b = openFixtureGraph(atOnce);
    writeFixture(b, final, { scope: "everything", edges: "all sources" });
    a.run("DELETE FROM edges WHERE source IN ('docs/12.md', 'docs/13.md')");
    expect(graphRows(stepwise)).toEqual(graphRows(atOnce));
  });

  test("packs of sign bits follow the number of chunks, in whichever order they came", () => {
    using folder = new TempFolder();
    const many = documents(2100, (i) => `text ${i}`);
    expect(packPrefixBits(many.length * 2)).toBe(1);
    using a = openFixtureGraph(folder.join("a.db"));
    writeFixture(a, many.slice(0, 2000));
    expect(a.query("SELECT pack FROM vector_bits").all()).toHaveLength(1);
    writeFixture(a, many.slice(2000));
    expect(a.query("SELECT pack FROM vector_bits").all()).toHaveLength(2);
    using b = openFixtureGraph(folder.join("b.db"));
    writeFixture(b, many, { scope: "everything" });
    const bits = (path: string): unknown => graphRows(path).vector_bits;
    expect(bits(folder.join("a.db"))).toEqual(bits(folder.join("b.db")));
  });

  test("the full-text index agrees with the passages after any write", () => {
    using db = fixtureGraph();
    writeFixture(
      db,
      documents(20, (i) => `alpha ${i}`),
    );
    writeFixture(
      db,
      documents(5, (i) => `beta ${i}`),
      { leaving: documents(8, () => "").map(({ id }) => id) },
    );
    // With rank 1 the check compares the index with the content it was made from, and throws when they differ.
    db.run("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)");
    const found = (word: string): number =>
      db
        .query<{ n: number }, [string]>("SELECT count(*) AS n FROM search_index WHERE search_index MATCH ?")
        .get(word)?.n ?? -1;
    expect([found("alpha"), found("beta")]).toEqual([24, 10]);
  });

  test("a plan made from an older graph is refused, and nothing is written", () => {
    using folder = new TempFolder();
    const path = folder.join("graph.db");
    using db = openFixtureGraph(path);
    writeFixture(
      db,
      documents(2, (i) => `text ${i}`),
    );
    const before = graphRows(path);
    const staging = new Staging(db);
    staging.addLeaving(["docs/0.md"]);
    const write = { scope: "changed documents", edges: "all sources", generation: 0, meta: {} } as const;
    expect(() => writeGraph(staging, write)).toThrow(AmalfaError);
    expect(graphRows(path)).toEqual(before);
  });
});
