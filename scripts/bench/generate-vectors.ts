/**
 * Vectors that lie as those of a sentence model do: all somewhat alike, in topics, and in groups within a topic.
 *
 * Each is the normalised sum of a direction that all share, its topic's, its group's and its own. The shares are set
 * so that unrelated vectors have a cosine of about 0.1, those of a topic of 0.35, and those of a group of 0.6.
 */
import { seededNormal, seededNumbers } from "./seeded-random.ts";

const SHARES = { all: 0.32, topic: 0.5, group: 0.5, own: 0.63 } as const;

export interface VectorShape {
  readonly seed: number;
  readonly dimensions: number;
  readonly topics: number;
  readonly groupsPerTopic: number;
}

export class VectorGenerator {
  readonly #shape: VectorShape;
  readonly #all: Float32Array;
  readonly #topics: readonly Float32Array[];
  readonly #groups: readonly Float32Array[];
  readonly #next: () => number;
  readonly #normal: () => number;

  constructor(shape: VectorShape) {
    this.#shape = shape;
    this.#next = seededNumbers(shape.seed);
    this.#normal = seededNormal(this.#next);
    this.#all = this.#direction();
    this.#topics = Array.from({ length: shape.topics }, () => this.#direction());
    this.#groups = Array.from({ length: shape.topics * shape.groupsPerTopic }, () => this.#direction());
  }

  /** A vector of unit length of a random group of the topic. */
  vector(topic: number): Float32Array {
    const { dimensions, topics, groupsPerTopic } = this.#shape;
    const place = topic % topics;
    const group = this.#groups[place * groupsPerTopic + Math.floor(this.#next() * groupsPerTopic)]!;
    const own = this.#direction();
    const sum = new Float32Array(dimensions);
    for (let i = 0; i < dimensions; i++) {
      sum[i] =
        SHARES.all * this.#all[i]! +
        SHARES.topic * this.#topics[place]![i]! +
        SHARES.group * group[i]! +
        SHARES.own * own[i]!;
    }
    return normalised(sum);
  }

  #direction(): Float32Array {
    const direction = new Float32Array(this.#shape.dimensions);
    for (let i = 0; i < direction.length; i++) direction[i] = this.#normal();
    return normalised(direction);
  }
}

function normalised(vector: Float32Array): Float32Array {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i]! ** 2;
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i]! *= scale;
  return vector;
}
