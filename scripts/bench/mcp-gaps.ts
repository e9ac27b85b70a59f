/**
 * How the search for gaps grows, and what it finds: `bun scripts/bench/mcp-gaps.ts [documents…]`.
 *
 * On synthetic vectors in clusters: the processor time for each number of documents, and the share of a sample of
 * documents' ten nearest, by exact comparison with all others, that was found.
 */

import { findNeighbours } from "../../src/knowledge/near-pairs.ts";
import { dot } from "../../src/system/vectors.ts";

const DIMENSIONS = 384;
const SAMPLE = 200;
const NEAREST = 10;

const sizes = process.argv.slice(2).map(Number);
for (const size of sizes.length > 0 ? sizes : [1_000, 10_000, 20_000, 40_000]) measure(size);

function measure(count: number): void {
  const vectors = clustered(count);
  // Processor time: what other processes do meanwhile does not count.
  const before = process.cpuUsage();
  const { pairs } = findNeighbours(vectors, DIMENSIONS);
  const { user, system } = process.cpuUsage(before);
  const milliseconds = (user + system) / 1000;
  const found = new Set(pairs.map(({ a, b }) => a * count + b));
  const bands = new Map<string, { hits: number; all: number }>();
  for (let row = 0; row < count; row += Math.ceil(count / SAMPLE)) {
    for (const { other, similarity } of exactNearest(vectors, count, row)) {
      const band = `${(Math.floor(similarity * 10) / 10).toFixed(1)}+`;
      const tally = bands.get(band) ?? { hits: 0, all: 0 };
      tally.all++;
      if (found.has(Math.min(row, other) * count + Math.max(row, other))) tally.hits++;
      bands.set(band, tally);
    }
  }
  const recall = [...bands]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([band, { hits, all }]) => `${band} ${((100 * hits) / all).toFixed(1)} % of ${all}`);
  console.log(
    `${count} documents: ${milliseconds.toFixed(0)} ms of processor time; found by cosine: ${recall.join(", ")}`,
  );
}

/** Ten vectors a cluster, at random distances from its centre. */
function clustered(count: number): Float32Array {
  const random = seeded();
  const vectors = new Float32Array(count * DIMENSIONS);
  let centre = new Float32Array(DIMENSIONS);
  for (let row = 0; row < count; row++) {
    if (row % 10 === 0) centre = centre.map(() => random() - 0.5);
    const spread = 0.2 + (row % 10) / 10;
    const vector = centre.map((value) => value + spread * (random() - 0.5));
    const norm = Math.hypot(...vector);
    vectors.set(
      vector.map((value) => value / norm),
      row * DIMENSIONS,
    );
  }
  return vectors;
}

function exactNearest(vectors: Float32Array, count: number, row: number) {
  const rowOf = (index: number) => vectors.subarray(index * DIMENSIONS, (index + 1) * DIMENSIONS);
  const own = rowOf(row);
  return Array.from({ length: count }, (_, other) => ({
    other,
    similarity: other === row ? -1 : dot(own, rowOf(other)),
  }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, NEAREST)
    .filter(({ similarity }) => similarity >= 0.5);
}

/** The linear congruential generator of W. H. Press et al., Numerical Recipes, 3rd ed., section 7.1. */
function seeded(): () => number {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
