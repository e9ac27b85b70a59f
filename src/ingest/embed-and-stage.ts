/**
 * Embeds and stages the documents that were read, a window of texts at a time.
 *
 * A window is large enough to keep every worker busy and small enough that memory does not grow with the number of
 * documents.
 */
import type { Embedder, VectorSeed, WhenFull } from "../embedding/index.ts";
import type { UnreadFrontMatter } from "../graph/index.ts";
import type { StagedChunk, StagedDocument, Staging } from "../graph/write/index.ts";
import { GarbageWatch, interrupted } from "../system/index.ts";
import { chunkText, FEW_TEXTS } from "./chunking/index.ts";
import type { DiscoveredFile } from "./discovery/index.ts";
import type { FailedDocument, FileReading, PreparedChunk, Readings } from "./reading/index.ts";

/** Texts embedded at a time. */
const WINDOW = 512;

export interface StageProgress {
  /** Bytes of files dealt with so far. */
  readonly bytes: number;
  /** Vectors taken from the cache so far. */
  readonly hits: number;
  /** Vectors computed so far. */
  readonly computed: number;
}

export interface EmbedAndStageOptions {
  readonly staging: Staging;
  readonly embedder: Embedder;
  /** Of the documents that the graph has, by id. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Vectors that the graph has, for texts that the vector cache lost. */
  readonly seed: VectorSeed | undefined;
  /**
   * What becomes of texts that no vector is known of. "embed": all are computed. "embed few": they are computed where
   * they are few, else staged as pending. "find": they are staged as pending. "count": as that, and vectors are only
   * counted.
   */
  readonly vectors: "embed" | "embed few" | "find" | "count";
  /** Where all are computed. A few are computed in any case: the graph may have room for them. */
  readonly whenFull: WhenFull;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: StageProgress) => void;
}

export interface StageOutcome {
  /** Documents that were read and turned out as before. */
  readonly unchanged: readonly string[];
  /** Documents staged. */
  readonly staged: readonly string[];
  /** How many of those staged the graph did not know, and how many it knew with another content. */
  readonly added: number;
  readonly changed: number;
  readonly failed: readonly FailedDocument[];
  /** Staged documents whose front matter cannot be read. */
  readonly frontMatter: readonly UnreadFrontMatter[];
  /** Documents whose rows stay and whose size or time changed. */
  readonly restamped: number;
}

interface PendingChunk {
  readonly node: string;
  readonly ordinal: number;
  /** Its share of the file, for the progress: a large file takes many windows. */
  readonly bytes: number;
  readonly chunk: PreparedChunk;
}

/**
 * Embeds and stages what was read. Throws `interrupted` when the signal fires; a file that fails is an outcome, not an
 * error.
 */
export async function embedAndStage(
  readings: Readings,
  options: EmbedAndStageOptions,
): Promise<StageOutcome> {
  return new EmbeddingAndStaging(options).run(readings);
}

class EmbeddingAndStaging {
  readonly #options: EmbedAndStageOptions;
  readonly #unchanged: string[] = [];
  readonly #staged: string[] = [];
  #added = 0;
  #changed = 0;
  readonly #failed: FailedDocument[] = [];
  readonly #frontMatter: UnreadFrontMatter[] = [];
  #restamped = 0;
  readonly #garbage = new GarbageWatch();
  #documents: StagedDocument[] = [];
  #chunks: PendingChunk[] = [];
  /** Chunks without a vector, held back while they are few; undefined once they are not to be computed here. */
  #held: PendingChunk[] | undefined;
  #progress = { bytes: 0, hits: 0, computed: 0 };
  readonly #earlierHits: number;

  constructor(options: EmbedAndStageOptions) {
    this.#options = options;
    this.#earlierHits = options.embedder.stats().hits;
    this.#held = options.vectors === "embed few" ? [] : undefined;
  }

  async run(readings: Readings): Promise<StageOutcome> {
    for await (const batch of readings) {
      for (const [file, reading] of batch) this.#take(file, reading);
      while (this.#chunks.length >= WINDOW) await this.#flush(this.#chunks.splice(0, WINDOW));
      if (this.#documents.length >= WINDOW) await this.#flush(this.#chunks.splice(0));
    }
    await this.#flush(this.#chunks.splice(0));
    await this.#computeHeld();
    return {
      unchanged: this.#unchanged,
      staged: this.#staged,
      added: this.#added,
      changed: this.#changed,
      failed: this.#failed,
      frontMatter: this.#frontMatter,
      restamped: this.#restamped,
    };
  }

  #take(file: DiscoveredFile, reading: FileReading): void {
    switch (reading.kind) {
      case "as before":
        this.#options.staging.addStat(file.id, { ...file, mtimeMs: reading.storedMtimeMs });
        this.#restamped++;
        this.#progress.bytes += file.size;
        this.#unchanged.push(file.id);
        break;
      case "document":
        this.#queue(file, reading);
        break;
      case "failed":
        this.#progress.bytes += file.size;
        this.#failed.push({ path: file.id, error: reading.error });
    }
  }

  #queue(
    file: DiscoveredFile,
    { hash, storedMtimeMs, document }: Extract<FileReading, { kind: "document" }>,
  ): void {
    // The file's own id is held in memory in any case, and the document's may be a copy from another thread.
    const { id } = file;
    const { title, tags, aliases, fields, links, chunks, problems = [] } = document;
    this.#frontMatter.push(...problems.map((problem) => ({ path: id, ...problem })));
    const { size, ctimeMs, inode } = file;
    const stamp = { size, mtimeMs: storedMtimeMs, ctimeMs, inode };
    this.#documents.push({ id, title, hash, tags, aliases, fields, ...stamp, links });
    if (chunks.length === 0) this.#progress.bytes += file.size;
    const bytes = file.size / chunks.length;
    for (let ordinal = 0; ordinal < chunks.length; ordinal++) {
      this.#chunks.push({ node: id, ordinal, bytes, chunk: chunks[ordinal]! });
    }
    this.#staged.push(id);
    const before = this.#options.hashes.get(id);
    if (before === undefined) this.#added++;
    else if (before !== hash) this.#changed++;
  }

  async #flush(chunks: readonly PendingChunk[]): Promise<void> {
    const { staging, signal, onProgress } = this.#options;
    const before = this.#progress.bytes + this.#heldBytes;
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
    const vectors = await this.#vectors(
      chunks.map(({ chunk }) => chunk),
      (share) => {
        this.#progress.bytes = before + bytes * share;
      },
    );
    const documents = this.#documents;
    this.#documents = [];
    const rows = chunks.flatMap((pending, index) =>
      this.#isHeldBack(pending, vectors[index]) ? [] : this.#row(pending, vectors[index]),
    );
    const letGo = this.#letGo();
    staging.add(documents, [...rows, ...letGo]);
    this.#progress.bytes = before + bytes - this.#heldBytes;
    onProgress(this.#progress);
    this.#garbage.check();
    // Parsing and cache hits never wait for anything, so without this no signal would be seen until the end.
    await new Promise(setImmediate);
    if (signal?.aborted) throw interrupted("The ingest");
  }

  #isHeldBack(pending: PendingChunk, vector: Float32Array | undefined): boolean {
    if (this.#held === undefined || vector !== undefined) return false;
    this.#held.push(pending);
    return true;
  }

  /** Of files that are not dealt with before their vectors are there. */
  get #heldBytes(): number {
    return (this.#held ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** What was held back, once there is more of it than is worth waiting for. */
  #letGo(): StagedChunk[] {
    if (this.#held === undefined || this.#held.length <= FEW_TEXTS) return [];
    const rows = this.#held.map((pending) => this.#row(pending, undefined));
    this.#held = undefined;
    return rows;
  }

  async #computeHeld(): Promise<void> {
    const held = this.#held ?? [];
    const bytes = this.#heldBytes;
    const { bytes: before } = this.#progress;
    this.#held = undefined;
    if (held.length === 0) return;
    const { staging, signal } = this.#options;
    const vectors = await this.#embed(
      held.map(({ chunk }) => chunk),
      (share) => {
        this.#progress.bytes = before + bytes * share;
      },
    );
    staging.add(
      [],
      held.map((pending, index) => this.#row(pending, vectors[index])),
    );
    if (signal?.aborted) throw interrupted("The ingest");
  }

  /** @param advance told which part of the chunks has a vector, from 0 to 1 */
  async #vectors(
    chunks: readonly PreparedChunk[],
    advance: (share: number) => void,
  ): Promise<readonly (Float32Array | undefined)[]> {
    const { embedder, seed, vectors } = this.#options;
    if (vectors === "embed") return this.#embed(chunks, advance);
    const texts = this.#textsOf(chunks);
    const keys = chunks.map(({ key }) => key);
    if (vectors === "count") {
      await embedder.predict(texts, { seed, keys });
      return [];
    }
    const found = await embedder.find(texts, { seed, keys });
    this.#progress.hits = embedder.stats().hits - this.#earlierHits;
    return found;
  }

  async #embed(
    chunks: readonly PreparedChunk[],
    advance: (share: number) => void,
  ): Promise<readonly Float32Array[]> {
    const { embedder, seed, vectors, signal, onProgress } = this.#options;
    const texts = this.#textsOf(chunks);
    const keys = chunks.map(({ key }) => key);
    const { computed: before } = this.#progress;
    return embedder.embedMany(texts, {
      seed,
      keys,
      whenFull: vectors === "embed" ? this.#options.whenFull : "go on",
      signal,
      onProgress: ({ hits, computed }) => {
        if (texts.length > 0) advance((hits + computed) / texts.length);
        // As the report counts them in the end: a text that this run has just computed is no hit when it comes again.
        this.#progress.hits = embedder.stats().hits - this.#earlierHits;
        this.#progress.computed = before + computed;
        onProgress(this.#progress);
      },
    });
  }

  #textsOf(chunks: readonly PreparedChunk[]): string[] {
    const { model } = this.#options.embedder;
    return chunks.map((chunk) => chunkText(chunk, model));
  }

  #row({ node, ordinal, chunk }: PendingChunk, vector: Float32Array | undefined): StagedChunk {
    const { heading, startLine, endLine, text, key, context } = chunk;
    return { node, ordinal, heading, startLine, endLine, text, key, context, vector };
  }
}
