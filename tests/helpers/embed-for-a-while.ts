/**
 * One of several processes that embed overlapping texts into one cache. Takes a {@link SharedJob} as JSON in its
 * first argument and prints a {@link SharedOutcome} as JSON.
 */
import { appendFileSync } from "node:fs";
import { cacheKey } from "../../src/embedding/cache/row.ts";
import { createEmbedder } from "../../src/embedding/embedder.ts";
import type { InferenceBackend } from "../../src/embedding/inference/backend.ts";
import { startWorkerPool } from "../../src/embedding/inference/pool.ts";
import { MODEL, NO_MODELS } from "./embedding.ts";
import { randomParagraph, seeded } from "./random.ts";

export interface SharedJob {
  readonly cachePath: string;
  /** To this file, which the processes share, each appends `<seed> look|begin|stored <key>` lines as it goes. */
  readonly journalPath: string;
  /** Differs between the processes, so that each takes other texts of a block in another order. */
  readonly seed: number;
  /** At least one block is embedded, and then more until the time is over. */
  readonly seconds: number;
}

export interface SharedOutcome {
  readonly keys: readonly string[];
  /** Misses by the embedder's own figures. */
  readonly misses: number;
  readonly warnings: readonly string[];
}

const BLOCK = 240;
/** Part of a block's texts that a process asks for. */
const ASKED = 0.75;

export function blockTexts(block: number): string[] {
  const random = seeded(1_000 + block);
  return Array.from(
    { length: BLOCK },
    (_, index) => `${block}.${index} ${randomParagraph(random).slice(0, 60)}`,
  );
}

/** The real worker pool. What it does is noted in an order that all processes share, since lines are appended whole. */
async function journalled({ journalPath, seed }: SharedJob): Promise<InferenceBackend> {
  const pool = await startWorkerPool({ model: MODEL, modelsDirectory: NO_MODELS, workers: 1 });
  return {
    modelLoaded: true,
    close: () => pool.close(),
    embed: (request) => {
      const note = (what: string, index: number) =>
        appendFileSync(journalPath, `${seed} ${what} ${cacheKey(request.texts[index]!, MODEL.id)}\n`);
      return pool.embed({
        ...request,
        isStillWanted: (index) => {
          note("look", index);
          const wanted = request.isStillWanted?.(index) ?? true;
          if (wanted) note("begin", index);
          return wanted;
        },
        onVector: (computed) => {
          request.onVector(computed);
          note("stored", computed.index);
        },
      });
    },
  };
}

if (import.meta.main) {
  const job = JSON.parse(process.argv[2] ?? "") as SharedJob;
  const { cachePath, seed, seconds } = job;
  const random = seeded(seed);
  const warnings: string[] = [];
  const keys = new Set<string>();
  const embedder = createEmbedder({
    model: MODEL,
    cachePath,
    modelsDirectory: NO_MODELS,
    startBackend: () => journalled(job),
    onWarning: (message) => warnings.push(message),
  });
  const end = performance.now() + seconds * 1000;
  let block = 0;
  do {
    const texts = blockTexts(block++).filter(() => random.between(1, 100) <= ASKED * 100);
    await embedder.embedMany(texts);
    for (const text of texts) keys.add(cacheKey(text, MODEL.id));
  } while (performance.now() < end);
  const { misses } = embedder.stats();
  await embedder.close();
  process.stdout.write(JSON.stringify({ keys: [...keys], misses, warnings } satisfies SharedOutcome));
}
