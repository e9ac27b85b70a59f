/**
 * The graph, for a process that lives longer than any state of it.
 *
 * One connection is kept, for as long as it is used: an idle server does not hold a file open that a rebuild may have
 * to replace. Before each use the database's path is looked at, and the connection is renewed when another file is
 * there, when it was written over, or when the last use failed; what other connections commit, SQLite shows by
 * itself. Where nothing may be created beside it, it is opened for each use. The file is never opened in any other
 * way. `use` is synchronous on purpose: the reader must not be kept across an `await`, after which it may be closed.
 */
import { statSync } from "node:fs";
import { databaseError, keepPages, readGeneration } from "../graph/index.ts";
import { type GraphReader, loadGraphReader } from "../knowledge/index.ts";
import type { Project } from "../project/index.ts";
import { readTransaction } from "../sqlite/index.ts";
import { AmalfaError } from "../system/index.ts";

const { GraphReader: Reader } = await loadGraphReader();

/** An agent would rather be told that the database is busy than wait, and a wait here holds up every other call. */
const BUSY_TIMEOUT_MS = 1_000;

/** Opening anew costs a few milliseconds. */
const RELEASE_AFTER_MS = 5_000;

export class WarmGraph implements Disposable {
  readonly #project: Project;
  readonly #releaseAfterMs: number;
  #reader: GraphReader | undefined;
  #content: string | undefined;
  #timer: Timer | undefined;

  constructor(project: Project, releaseAfterMs: number = RELEASE_AFTER_MS) {
    this.#project = project;
    this.#releaseAfterMs = releaseAfterMs;
  }

  /** Runs `work` on one snapshot of the graph. Throws `database.*`, and what `work` throws. */
  use<T>(work: (reader: GraphReader) => T): T {
    const content = fileIdentity(this.#project.paths.database)?.content;
    if (content === undefined || content !== this.#content) this.#close();
    try {
      const reader = this.#reader ?? this.#open(content);
      return readTransaction(reader.db, () => work(reader));
    } catch (error) {
      const known = databaseError(this.#project.paths.database, error);
      if (!(known instanceof AmalfaError) || known.code.startsWith("database.")) this.#close();
      throw known;
    } finally {
      this.#releaseLater();
    }
  }

  /** The same, in passing: where nobody else has it open, it is let go of at once, and nobody's time is made longer. */
  glance<T>(work: (reader: GraphReader) => T): T {
    if (this.#reader === undefined) {
      try {
        return this.use(work);
      } finally {
        this.#close();
      }
    }
    const timer = this.#timer;
    this.#timer = undefined;
    try {
      return this.use(work);
    } finally {
      if (this.#reader !== undefined && timer !== undefined) {
        clearTimeout(this.#timer);
        this.#timer = timer;
      }
    }
  }

  /** Another text whenever the graph may be another one. */
  state(): string {
    return this.use((reader) => this.stateOf(reader));
  }

  /** The same, of the snapshot that is read. */
  stateOf({ db }: GraphReader): string {
    return `${fileIdentity(this.#project.paths.database)?.place}:${readGeneration(db)}`;
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #open(content: string | undefined): GraphReader {
    const reader = new Reader(this.#project, { busyTimeoutMs: BUSY_TIMEOUT_MS });
    keepPages(reader.db);
    this.#reader = reader;
    this.#content = content;
    return reader;
  }

  #releaseLater(): void {
    clearTimeout(this.#timer);
    if (this.#reader === undefined) return;
    // Read without locks, so that before the next use it has to be seen again that nobody writes.
    if (this.#reader.view === "as it lies") {
      this.#close();
      return;
    }
    this.#timer = setTimeout(() => this.#close(), this.#releaseAfterMs);
    this.#timer.unref();
  }

  #close(): void {
    clearTimeout(this.#timer);
    const reader = this.#reader;
    this.#reader = undefined;
    this.#content = undefined;
    try {
      reader?.[Symbol.dispose]();
    } catch {
      // A connection to a file that is damaged or gone; there is nothing it could still lose.
    }
  }
}

interface FileIdentity {
  /** Which file it is: an inode may be given to another file, but then that is younger. */
  readonly place: string;
  /** The same, and when it was last written to, for files that are written over in place. */
  readonly content: string;
}

function fileIdentity(path: string): FileIdentity | undefined {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (stat === undefined) return undefined;
  const place = `${stat.dev}:${stat.ino}:${stat.birthtimeNs}`;
  return { place, content: `${place}:${stat.size}:${stat.mtimeNs}` };
}
