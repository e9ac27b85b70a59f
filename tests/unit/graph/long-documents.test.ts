/** Long documents that say a word in each of their passages leave room for those that say it once. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { fixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";

test.each(["lexical", "hybrid"] as const)("in a search that is %s", (mode) => {
  using db = fixtureGraph();
  const words = (at: number) => Array.from({ length: 40 }, (_, n) => `w${(at * 7 + n * 3) % 101}`).join(" ");
  writeFixture(db, [
    {
      id: "changelog.md",
      title: "Changelog",
      texts: Array.from({ length: 700 }, (_, at) => `zebra zebra zebra ${words(at)}`),
    },
    ...Array.from({ length: 8 }, (_, at) => ({
      id: `n${at}.md`,
      title: `Note ${at}`,
      texts: [`${words(at)} one zebra in the savanna ${words(at + 1)} ${words(at + 2)}`],
    })),
  ]);
  const request = { query: "zebra", mode, limit: 10, vector: unitVector("zebra") };
  const found = searchGraph(db, new SemanticIndex(db), request).map(({ id }) => id);
  expect(found.sort()).toEqual(["changelog.md", ...Array.from({ length: 8 }, (_, at) => `n${at}.md`)]);
});
