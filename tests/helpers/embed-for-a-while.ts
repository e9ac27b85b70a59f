/**
 * One of several processes that embed overlapping texts into one cache. Takes a {@link SharedJob} as JSON in its first argument and
 * prints a {@link SharedOutcome} as JSON.
 */
import { createEmbedder } from "../../src/embedding/embedder.ts";
import { cacheKey } from "../../src/embedding/vector-cache.ts";
import { MODEL, NO_MODELS } from "./embedding.ts";
import { randomParagraph, seeded } from "./random.ts";

export interface SharedJob {
  readonly cachePath: string;
  /** Differs between the processes, so that each takes other texts of a block in another order. */
  readonly seed: number;
  /** At least one block is embedded, and then more until the time is over. */
  readonly seconds: number;
}

export interface SharedOutcome {
  readonly keys: readonly string[];
  readonly computed: number;
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

if (import.meta.main) {
  const { cachePath, seed, seconds } = JSON.parse(process.argv[2] ?? "") as SharedJob;
  const random = seeded(seed);
  const warnings: string[] = [];
  const keys = new Set<string>();
  const embedder = createEmbedder({
    model: MODEL,
    cachePath,
    modelsDirectory: NO_MODELS,
    workers: 1,
    onWarning: (message) => warnings.push(message),
  });
  const end = performance.now() + seconds * 1000;
  let block = 0;
  do {
    const texts = blockTexts(block++).filter(() => random.between(1, 100) <= ASKED * 100);
    await embedder.embedMany(texts);
    for (const text of texts) keys.add(cacheKey(text, MODEL.id));
  } while (performance.now() < end);
  const { misses: computed } = embedder.stats();
  await embedder.close();
  process.stdout.write(JSON.stringify({ keys: [...keys], computed, warnings } satisfies SharedOutcome));
}
