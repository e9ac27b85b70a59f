/**
 * The benchmark: `bun run bench [name…] [--quick]`.
 *
 * `--against FILE` compares relevance with that of an earlier report, question by question; `--items DIR` draws its
 * identifiers from there; `--earlier DIR`, a checkout of an earlier commit, compares the speed of search with its.
 * `--output FILE` and `--kept DIR` put the report, and the vectors kept between runs, elsewhere. Measures the named
 * figures, or all, one after the other; prints a table and writes `bench-results/<time>.json`. Each figure compares
 * amalfa with a peer in one run, by turns. A missed goal is reported and is no failure: speed is not a test.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { BenchContext, Figure, FigureResult } from "./figure.ts";
import { describeMachine, describeVersions } from "./machine.ts";
import { type BenchReport, renderFigure, writeReport } from "./report.ts";

/** What is measured here is nobody's project. */
process.env.AMALFA_REGISTRY = "off";

/** Imported when measured: one brings another ONNX runtime user along, which the others should not have around. */
const FIGURES: Readonly<Record<string, () => Promise<Figure>>> = {
  "cold-embedding": async () => (await import("./cold-embedding.ts")).coldEmbedding,
  "cached-embedding": async () => (await import("./cached-embedding.ts")).cachedEmbedding,
  "unchanged-init": async () => (await import("./unchanged-init.ts")).unchangedInit,
  doctor: async () => (await import("./doctor.ts")).doctor,
  "search-speed": async () => (await import("./search-speed.ts")).searchSpeed,
  "search-scale": async () => (await import("./search-scale.ts")).searchScale,
  "warm-rebuild": async () => (await import("./warm-rebuild.ts")).warmRebuild,
  freshness: async () => (await import("./freshness.ts")).freshness,
  "start-up": async () => (await import("./start-up.ts")).startUp,
  "peak-memory": async () => (await import("./peak-memory.ts")).peakMemoryOfInit,
  server: async () => (await import("./server.ts")).server,
  remote: async () => (await import("./remote.ts")).remote,
  agents: async () => (await import("./agents.ts")).agents,
  relevance: async () => (await import("./relevance.ts")).relevance,
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string" },
    kept: { type: "string" },
    against: { type: "string" },
    items: { type: "string" },
    earlier: { type: "string" },
  },
});
const unknown = positionals.filter((name) => FIGURES[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no figure ${unknown.join(", ")}. There are: ${Object.keys(FIGURES).join(", ")}.`);
  process.exit(2);
}
await run(positionals.length > 0 ? positionals : Object.keys(FIGURES));

async function run(names: readonly string[]): Promise<void> {
  const results = join(import.meta.dir, "../../bench-results");
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const figures: BenchReport["figures"][number][] = [];
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "amalfa-bench-")));
  const context: Omit<BenchContext, "folder"> = {
    effort: flags.quick ? "quick" : "full",
    keep: flags.kept ?? join(results, "kept"),
    items: flags.items,
    against: flags.against,
    earlier: flags.earlier === undefined ? undefined : resolve(flags.earlier),
    note: (message) => console.error(`  ${message}`),
  };
  mkdirSync(context.keep, { recursive: true });
  try {
    for (const name of names) {
      const figure = await FIGURES[name]!();
      console.error(`${figure.title} …`);
      const own = join(folder, name);
      mkdirSync(own);
      const measured = await figure.measure({ ...context, folder: own });
      const result = flags.quick ? withoutGoals(measured) : measured;
      rmSync(own, { recursive: true });
      figures.push({ name, title: figure.title, ...result });
      console.log(`\n${renderFigure(figure.title, result)}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const path = flags.output ?? join(results, `${startedAt.replaceAll(":", "-")}.json`);
  writeReport(path, { startedAt, effort: context.effort, machine, versions: describeVersions(), figures });
  console.log(`Written to ${path}`);
}

/** One round over a handful of texts says nothing about speed, only that everything runs. */
function withoutGoals({ rows, notes }: FigureResult): FigureResult {
  return {
    rows: rows.map((row) => ({ ...row, goals: [] })),
    notes: [...notes, "a quick run: not to be compared with the goals"],
  };
}
