/** What has a name to the letter comes before what has its parts, in order and in its title, and is nearer in meaning. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { fixtureGraph, unitVector } from "../../helpers/graph-fixture.ts";

const WRITTEN = ["0833/1944149", "4f5b.e92b.619b", "OTEL_PROPAGATORS", "merge-retry-limit", "9.3.1-rc.2"];

test.each(WRITTEN)("%s", (written) => {
  const words = written.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const parts = `About ${words.join(" and ")}, and ${words.join(", ")}.`;
  const others = Array.from({ length: 700 }, (_, at) => ({
    id: `${at}.md`,
    texts: [`Nothing of it was said on day ${at}.`],
  }));
  using db = fixtureGraph([
    { id: "parts.md", title: `${words.toReversed().join(" ")} overview`, texts: [parts] },
    { id: "written.md", title: "Sheet", texts: [`value: ${written}`] },
    ...others,
  ]);
  const index = new SemanticIndex(db);
  const [near, own] = [unitVector(parts), unitVector(written)];
  const vector = near.map((value, at) => 0.8 * value + 0.6 * own[at]!);
  for (const mode of ["hybrid", "lexical"] as const) {
    const [first] = searchGraph(db, index, { query: written, mode, limit: 5, vector });
    expect({ mode, first: first?.id }).toEqual({ mode, first: "written.md" });
  }
});
