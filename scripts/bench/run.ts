/**
 * The benchmark: `bun run bench [name…] [--quick]`, and `--help` for the other options.
 *
 * Measures the named figures, or all, one after the other; prints a table and writes `bench-results/<time>.json`. Each
 * figure compares amalfa with a peer in one run, by turns. A missed goal is reported and is no failure: speed is not a
 * test.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../src/system/index.ts";
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

const USAGE = `usage: bun run bench [name…] [options]

names: ${Object.keys(FIGURES).join(", ")}; all of them by default

  --quick          one round of next to nothing, to see that everything can be measured
  --output FILE    where the report goes; bench-results/<time>.json by default
  --kept DIR       where graphs and vectors stay between runs; bench-results/kept by default
  --against FILE   an earlier report, with which relevance is compared question by question
  --items DIR      markdown from which relevance draws its identifiers
  --earlier DIR    a checkout of an earlier commit, with which search-scale is compared
  --help           this`;

const { values: flags, positionals } = readArguments();
if (flags.help) console.log(USAGE);
else await run(positionals.length > 0 ? positionals : Object.keys(FIGURES));

function readArguments() {
  try {
    const given = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        output: { type: "string" },
        kept: { type: "string" },
        against: { type: "string" },
        items: { type: "string" },
        earlier: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    const unknown = given.positionals.filter((name) => !Object.hasOwn(FIGURES, name));
    if (unknown.length === 0) return given;
    console.error(`There is no figure ${unknown.join(", ")}.`);
  } catch (error) {
    console.error(messageOf(error));
  }
  console.error(USAGE);
  process.exit(2);
}

async function run(names: readonly string[]): Promise<void> {
  const results = join(import.meta.dir, "../../bench-results");
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const figures: BenchReport["figures"][number][] = [];
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "amalfa-bench-")));
  const context: Omit<BenchContext, "folder"> = {
    effort: flags.quick ? "quick" : "full",
    keep: resolve(flags.kept ?? join(results, "kept")),
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
