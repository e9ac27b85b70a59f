/**
 * A year of use of one vector cache, and a picture of it.
 *
 *     bun scripts/cache/year-of-use.ts [FILE.svg]
 *
 * 500 runs at even intervals over a year. In each, 2 % of 20,000 texts have changed; all are looked up, and the new
 * ones are stored. The cap is half of what that would produce. The vectors are made up: what is looked at is the
 * cache, not the model.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheKey } from "../../src/embedding/cache/row.ts";
import { VectorCache } from "../../src/embedding/cache/vector-cache.ts";
import { DEFAULT_MODEL_NAME, findModel } from "../../src/project/models.ts";
import { type Panel, panelsSvg } from "./panels-svg.ts";

const RUNS = Number(process.env.RUNS ?? 500);
const TEXTS = 20_000;
const CHANGED = 0.02;
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
/** Bytes of the file for each row, its part of the indexes included. */
const BYTES_PER_ROW = 2_160;
const MAX_BYTES = ((TEXTS + RUNS * TEXTS * CHANGED) * BYTES_PER_ROW) / 2;

interface Run {
  readonly megabytes: number;
  readonly hitRate: number;
  /** Processor time: on a machine that does other things as well, a clock tells more of those. */
  readonly milliseconds: number;
}

const model = findModel(DEFAULT_MODEL_NAME);
if (model === undefined) throw new Error("The default model is in the catalogue.");

const folder = mkdtempSync(join(tmpdir(), "amalfa-year-"));
try {
  const path = join(folder, "vector_cache.sqlite");
  const runs = simulate(path);
  const file = process.argv[2] ?? join(import.meta.dir, "../../docs/cache-year.svg");
  writeFileSync(file, picture(runs));
  console.log(summary(runs));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function simulate(path: string): Run[] {
  let seed = 7;
  const random = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const keys = Array.from({ length: TEXTS }, (_, index) => keyOf(`text ${index}`));
  const start = Date.now() - YEAR_MS;
  const runs: Run[] = [];
  for (let run = 0; run <= RUNS; run++) {
    if (run > 0) {
      for (let count = 0; count < TEXTS * CHANGED; count++) {
        keys[Math.floor(random() * TEXTS)] = keyOf(`text ${run}:${count}`);
      }
    }
    const result = oneRun(path, keys, start + (run / RUNS) * YEAR_MS);
    // The first run fills the cache.
    if (run > 0) runs.push(result);
    if (run % 50 === 0) console.error(`${run} of ${RUNS} runs`);
  }
  return runs;
}

function keyOf(text: string): string {
  return cacheKey(text, model!.id);
}

function oneRun(path: string, keys: readonly string[], now: number): Run {
  const { id: modelId, dimensions } = model!;
  const inUse = new Set(keys);
  const began = process.cpuUsage();
  let hits = 0;
  {
    using cache = VectorCache.open(path, {
      dimensions,
      modelId,
      limits: { maxBytes: MAX_BYTES },
      inUse: (key) => inUse.has(key),
      clock: () => now,
      onWarning: (message) => {
        throw new Error(message);
      },
    });
    for (let from = 0; from < keys.length; from += 512) {
      const window = keys.slice(from, from + 512);
      const found = cache.read(window);
      const missing = window.filter((_, place) => found[place] === undefined);
      hits += window.length - missing.length;
      cache.put(
        missing.map((key) => ({ key, vector: vectorOf(key, dimensions) })),
        modelId,
      );
    }
  }
  const { user, system } = process.cpuUsage(began);
  const milliseconds = (user + system) / 1000;
  return { megabytes: statSync(path).size / 1e6, hitRate: (100 * hits) / keys.length, milliseconds };
}

/** Any vector of unit length, another one for each key. */
function vectorOf(key: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  let state = Number.parseInt(key.slice(0, 8), 16);
  let square = 0;
  for (let place = 0; place < dimensions; place++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    vector[place] = state / 2 ** 31 - 1;
    square += vector[place]! ** 2;
  }
  const norm = Math.sqrt(square);
  return vector.map((value) => value / norm);
}

function picture(runs: readonly Run[]): string {
  const panels: Panel[] = [
    {
      title: "Size of the file, MB",
      values: runs.map(({ megabytes }) => megabytes),
      limit: { value: MAX_BYTES / 1e6, label: "cap" },
    },
    { title: "Hit rate, %", values: runs.map(({ hitRate }) => hitRate), top: 100 },
    {
      title: "Processor time of a run in the cache, ms",
      values: runs.map(({ milliseconds }) => milliseconds),
    },
  ];
  return panelsSvg(`A year of use: ${RUNS} runs, 2 % of 20,000 texts changed in each`, "run", panels);
}

function summary(runs: readonly Run[]): string {
  const middle = (values: number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  const part = (name: string, some: readonly Run[]): string =>
    `${name}: largest file ${Math.max(...some.map(({ megabytes }) => megabytes)).toFixed(0)} MB, ` +
    `hit rate ${Math.min(...some.map(({ hitRate }) => hitRate)).toFixed(2)} % at least, ` +
    `median run ${middle(some.map(({ milliseconds }) => milliseconds)).toFixed(0)} ms, ` +
    `slowest ${Math.max(...some.map(({ milliseconds }) => milliseconds)).toFixed(0)} ms`;
  const quarter = Math.floor(runs.length / 4);
  return [
    `cap ${(MAX_BYTES / 1e6).toFixed(0)} MB`,
    ...[0, 1, 2, 3].map((number) =>
      part(`quarter ${number + 1}`, runs.slice(number * quarter, (number + 1) * quarter)),
    ),
  ].join("\n");
}
