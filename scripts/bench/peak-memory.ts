/** The peak of a cold `init`'s memory: whether it stays the same however many chunks there are. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLI, peakMemory } from "./child-process.ts";
import { generateDocuments, unpackCorpus } from "./corpora.ts";
import { atMost, type BenchContext, type Figure, type FigureResult, type Row } from "./figure.ts";
import { summarise } from "./statistics.ts";

const MOST_MB = 400;
const MOST_GROWTH = 1.15;
/** Words of a document: few, so that 50,000 of them are embedded in minutes. */
const WORDS = { least: 3, most: 6 };

export const peakMemoryOfInit: Figure = {
  name: "peak-memory",
  title: "Peak of resident memory of a cold init (MB)",
  measure,
};

async function measure(context: BenchContext): Promise<FigureResult> {
  const [fewer, more] = context.effort === "full" ? [1_000, 50_000] : [20, 40];
  const small = await initPeaks(context, fewer, context.effort === "full" ? 3 : 1);
  const large = await initPeaks(context, more, 1);
  const growth = large.median / small.median;
  const rows: Row[] = [
    {
      case: `${fewer.toLocaleString("en")} chunks`,
      unit: "MB",
      ours: small,
      goals: [atMost(small.median, MOST_MB, "MB")],
    },
    {
      case: `${more.toLocaleString("en")} chunks`,
      unit: "MB",
      ours: large,
      goals: [atMost(large.median, MOST_MB, "MB"), atMost(growth, MOST_GROWTH, "growth")],
    },
  ];
  const book = join(context.folder, "book");
  if (context.effort === "full" && (await unpackCorpus("rust-book", book))) {
    context.note("ingesting the Rust book");
    const peak = summarise([await peakMemory(context.folder, [CLI, "--root", book, "init", "--quiet"])]);
    rows.push({ case: "the Rust book", unit: "MB", ours: peak, goals: [atMost(peak.median, MOST_MB, "MB")] });
  }
  return {
    rows,
    notes: [
      "generated documents of one chunk of few words each; the book's chunks are as long as the model's window",
      `memory grows by a factor of ${growth.toFixed(2)} while the chunks grow by one of ${(more / fewer).toFixed(0)}`,
    ],
  };
}

async function initPeaks(context: BenchContext, chunks: number, rounds: number) {
  const peaks: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const root = join(context.folder, `project-${chunks}-${round}`);
    generateDocuments(root, chunks, WORDS);
    // Distinct texts: one that occurs twice is embedded once.
    writeFileSync(join(root, "part-0", "round.md"), `Round ${round}\n`);
    context.note(`ingesting ${chunks} documents`);
    peaks.push(await peakMemory(context.folder, [CLI, "--root", root, "init", "--quiet"]));
  }
  return summarise(peaks);
}
