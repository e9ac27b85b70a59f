/** Results of commands, as renderers are given them. */
import type { IngestResult } from "../../src/cli/output/render-ingest.ts";
import type { SearchReport } from "../../src/cli/output/render-search.ts";
import type { StatsReport } from "../../src/knowledge/stats.ts";

export const search: SearchReport = {
  query: "sharing data between threads",
  mode: "hybrid",
  durationMs: 11.6,
  results: [
    {
      id: "src/ch16-03.md",
      title: "Shared-State Concurrency",
      score: 0.93,
      confidence: 0.5,
      passages: [],
      cosine: 0.61,
      heading: "Shared-State Concurrency > Mutexes",
      lines: [12, 40],
      snippet: `${"Filler without meaning. ".repeat(40)}Only one thread may access the data at a time. ${"More filler here. ".repeat(40)}`,
    },
    {
      id: "100%25.md",
      title: "漢字",
      score: 0.1,
      confidence: 0.5,
      passages: [],
      cosine: 0.61,
      heading: "",
      lines: [1, 1],
      snippet: "short",
    },
  ],
};

export const ingest: IngestResult = {
  command: "init",
  root: "/notes",
  isElsewhere: false,
  dryRun: false,
  documents: { found: 7_425, unchanged: 7_400, added: 20, changed: 5, removed: 0, failed: [] },
  frontMatter: [],
  otherTrees: [],
  graph: { nodes: 7_425, chunks: 12_031, edges: 1, unresolvedLinks: 2 },
  embedding: { model: "model-id", texts: 40, hits: 30, misses: 10, modelLoaded: true },
  durationMs: 1_530,
};

export const stats: StatsReport = {
  root: "/p",
  database: { path: "/p/.amalfa/resonance.db", bytes: 3 * 1024 ** 2, walBytes: 2048 },
  nodes: 7_425,
  chunks: 12_031,
  edges: 99,
  unresolvedLinks: 4,
  model: null,
  lastIngest: null,
  drift: { added: 0, changed: 0, removed: 0, failed: [], frontMatter: [], refusal: null },
  cache: { entries: 12_000, bytes: 1024 ** 2, maxBytes: 512 * 1024 ** 2 },
};
