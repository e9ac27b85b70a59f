/** A reading connection to the graph of one project, with its semantic index. */
import type { Database } from "bun:sqlite";
import type { Project } from "../config/load.ts";
import { AmalfaError } from "../errors.ts";
import type { OpenOptions } from "../sqlite/open.ts";
import type { View } from "../sqlite/open-as-it-lies.ts";
import { readMeta } from "../store/graph-state.ts";
import { openGraphToRead } from "../store/graph-store.ts";
import { SemanticIndex } from "../store/semantic-index.ts";

export class GraphReader implements Disposable {
  readonly db: Database;
  readonly view: View;
  readonly semantic: SemanticIndex;

  /** Throws `database.missing`, `database.older` and so on. */
  constructor(project: Project, options: OpenOptions = {}) {
    const { db, view } = openGraphToRead(project.paths.database, options);
    this.db = db;
    this.view = view;
    this.semantic = new SemanticIndex(this.db);
  }

  /** Throws `graph.model` when the graph's vectors are another model's: their space means nothing to this model's queries (I9). */
  requireModel(modelId: string): void {
    const made = readMeta(this.db, "model");
    if (made === undefined || made === modelId) return;
    throw new AmalfaError(
      "graph.model",
      "The graph was made with another model than the one that is configured now.",
      {
        hint: "Run `amalfa init` to embed the documents with the configured model, or search with --mode lexical.",
      },
    );
  }

  [Symbol.dispose](): void {
    this.db.close();
  }
}
