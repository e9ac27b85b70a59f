/** What a folder counts up is found by the folder's name and the number, as people call it. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { fixtureGraph } from "../../helpers/graph-fixture.ts";

const list = (kind: string) =>
  Array.from(
    { length: 15 },
    (_, at) => `${kind}-${String(at + 1).padStart(4, "0")} and ${kind} ${at + 1}`,
  ).join("\n");

const NOTES = [
  { id: "docs/adr/README.md", title: "Decisions", texts: [list("ADR")] },
  { id: "docs/adr/0007-no-orm.md", title: "7. No ORM", texts: ["We write SQL."] },
  { id: "docs/adr/0012-offline.md", title: "12. Offline first", texts: ["Couriers lose signal."] },
  { id: "rfcs/text/0012-queues.md", title: "Queues", texts: ["Jobs wait in a queue."] },
  { id: "rfcs/README.md", title: "RFCs", texts: [list("RFC")] },
  { id: "architecture-decision-records/adr-3-caches.md", title: "Caches", texts: ["Caches are small."] },
  {
    id: "docs/decisions/0021-queues-in-sqlite.md",
    title: "Queues in SQLite",
    texts: ["One file is enough."],
  },
  { id: "runbooks/7.md", title: "Disk full", texts: ["Free the disk, see ADR-0007."] },
  ...Array.from({ length: 12 }, (_, at) => ({
    id: `journal/2026-11-${at + 10}.md`,
    title: `Day ${at}`,
    texts: [`A day of the journal 2026 with number ${at}.`],
  })),
];

test.each([
  ["ADR-0007", "docs/adr/0007-no-orm.md"],
  ["ADR 7", "docs/adr/0007-no-orm.md"],
  ["adr7", "docs/adr/0007-no-orm.md"],
  ["ADR-12", "docs/adr/0012-offline.md"],
  ["RFC 12", "rfcs/text/0012-queues.md"],
  ["rfc-0012?", "rfcs/text/0012-queues.md"],
  ["ADR 3", "architecture-decision-records/adr-3-caches.md"],
  ["runbook 7", "runbooks/7.md"],
  ["ADR 21", "docs/decisions/0021-queues-in-sqlite.md"],
  ["decision 7", "docs/adr/0007-no-orm.md"],
  // No document is the 11th decision: what mentions it is what there is.
  ["ADR-0011", "docs/adr/README.md"],
])("%s leads to %s", (query, id) => {
  using db = fixtureGraph(NOTES);
  for (const mode of ["lexical", "hybrid"] as const) {
    const request = { query, mode, limit: 3, vector: new Float32Array(64).fill(1 / 8) };
    const [first] = searchGraph(db, new SemanticIndex(db), request);
    expect([mode, first?.id]).toEqual([mode, id]);
  }
});

test("a year leads to no note of its days, as if it were their number", () => {
  using db = fixtureGraph(NOTES);
  const request = {
    query: "journal 2026",
    mode: "lexical",
    limit: 20,
    vector: undefined,
    explain: true,
  } as const;
  const found = searchGraph(db, new SemanticIndex(db), request);
  expect(found.filter(({ explain }) => (explain?.exactness ?? 0) >= 1)).toEqual([]);
});
