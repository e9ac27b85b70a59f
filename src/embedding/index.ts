/** From texts to vectors: the vector cache first, inference for what it does not have. */
export { createEmbedder, type Embedder, type EmbeddingStats, type VectorSeed } from "./embedder.ts";
export type { WhenFull } from "./misses.ts";
export { WarmEmbedder } from "./warm-embedder.ts";
