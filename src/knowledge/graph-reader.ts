/** A reading connection to the graph of one project, with its semantic index. */

import type { Database } from "bun:sqlite";
import { guarded, openGraphToRead, readMeta } from "../graph/index.ts";
import { SemanticIndex } from "../graph/search/index.ts";
import type { Project } from "../project/index.ts";
import { ingestAtWork } from "../project/lock/index.ts";
import { type OpenOptions, readTransaction, type View } from "../sqlite/index.ts";
import { AmalfaError } from "../system/index.ts";

export class GraphReader implements Disposable {
  readonly db: Database;
  readonly view: View;
  readonly semantic: SemanticIndex;
  readonly #path: string;

  /** Throws `database.missing`, `database.older` and so on. */
  constructor(project: Project, options: OpenOptions = {}) {
    const { db, view } = opened(project, options);
    this.#path = project.paths.database;
    this.db = db;
    this.view = view;
    this.semantic = new SemanticIndex(this.db);
  }

  /**
   * Runs `work` on one snapshot: rows beside the proof of others, which an ingest has written meanwhile, would be taken
   * for damage. Throws `database.*`, since whatever is read may be damaged, and what `work` throws.
   */
  use<T>(work: (reader: GraphReader) => T): T {
    return guarded(this.#path, () => readTransaction(this.db, () => work(this)));
  }

  /**
   * Throws `graph.model` when the graph's vectors are another model's: their space means nothing to this model's
   * queries (I9).
   */
  requireModel(modelId: string): void {
    const made = this.madeBy;
    if (made === undefined || made === modelId) return;
    throw new AmalfaError(
      "graph.model",
      "The graph was made with another model than the one that is configured now, and that one is not on this machine.",
    );
  }

  /** The id of the model that made the graph; undefined before a first ingest. */
  get madeBy(): string | undefined {
    return readMeta(this.db, "model");
  }

  [Symbol.dispose](): void {
    this.db.close();
  }
}

/** Where there is no graph yet since the first ingest is at work, that is said, and how far it is. */
function opened({ paths }: Project, options: OpenOptions): ReturnType<typeof openGraphToRead> {
  try {
    return openGraphToRead(paths.database, options);
  } catch (error) {
    const isMissing = error instanceof AmalfaError && error.code === "database.missing";
    const atWork = isMissing ? ingestAtWork(paths) : undefined;
    if (atWork === undefined) throw error;
    throw new AmalfaError("database.missing", `There is no graph yet: ${atWork} is making it.`, {
      hint: "Ask again in some seconds: words can be searched long before all vectors are computed.",
      cause: error,
    });
  }
}

/* Which graph was read: nothing has been written to it while its stamp is the same. */

/** Of one connection only: another one counts for itself. */
export interface GraphStamp {
  readonly db: Database;
  readonly version: number;
}

export function graphStamp(db: Database): GraphStamp {
  const row = db.query<{ data_version: number }, []>("PRAGMA data_version").get();
  return { db, version: row?.data_version ?? Number.NaN };
}

export function isSameGraph(one: GraphStamp, other: GraphStamp): boolean {
  return one.db === other.db && one.version === other.version;
}
