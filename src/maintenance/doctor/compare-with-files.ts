/** Documents of the graph beside what their files say, where those are unchanged: for `--deep`. */
import type { Database } from "bun:sqlite";
import { readContentHashes, readMeta } from "../../graph/index.ts";
import { type ProvedColumn, provedRows } from "../../graph/proof/index.ts";
import { storedLinkRoots } from "../../ingest/discovery/index.ts";
import { fingerprintOf, loadGraphOfFiles } from "../../ingest/index.ts";
import { findModel } from "../../project/index.ts";
import { AmalfaError } from "../../system/index.ts";
import type { CheckContext } from "./context.ts";
import { THRESHOLDS } from "./thresholds.ts";

export interface FileComparison {
  /** Documents that were compared. */
  readonly compared: number;
  readonly differing: readonly { readonly document: string; readonly columns: readonly ProvedColumn[] }[];
  /** Documents for which there was no time. */
  readonly left: number;
}

const NOTHING: FileComparison = { compared: 0, differing: [], left: 0 };

/** What a document's own file decides, and what depends on the names of all others as well. */
const OWN_COLUMNS = ["document", "chunks", "links"] as const;
const EDGE_COLUMNS = ["edges", "unresolved"] as const;

/**
 * Compares nothing where the graph was made with another model or other settings, or the model's tokenizer is
 * missing: others report that.
 */
export async function compareWithFiles(context: CheckContext, db: Database): Promise<FileComparison> {
  const { settings, paths } = context.project;
  const model = findModel(settings.model);
  const { graphOfFiles } = await loadGraphOfFiles();
  if (!context.settingsUsable || model === undefined) return NOTHING;
  if (readMeta(db, "fingerprint") !== fingerprintOf(model.id)) return NOTHING;
  const { files } = await context.discovery();
  try {
    const until = performance.now() + THRESHOLDS.comparisonTime;
    using said = await graphOfFiles({
      files,
      model,
      modelsDirectory: paths.models,
      linkRoots: storedLinkRoots(db),
      until,
    });
    return compare(db, said);
  } catch (error) {
    if (error instanceof AmalfaError && error.code.startsWith("model.")) return NOTHING;
    throw error;
  }
}

interface SaidByFiles {
  readonly db: Database;
  readonly hashes: ReadonlyMap<string, string>;
  readonly left: number;
}

function compare(db: Database, said: SaidByFiles): FileComparison {
  const stored = readContentHashes(db);
  const unchanged = [...said.hashes].filter(([id, hash]) => stored.get(id) === hash).map(([id]) => id);
  // What a link means depends on which other documents there are.
  const isComplete = said.left === 0 && unchanged.length === stored.size && said.hashes.size === stored.size;
  const columns = isComplete ? [...OWN_COLUMNS, ...EDGE_COLUMNS] : OWN_COLUMNS;
  const ours = provedRows(db, columns);
  const theirs = provedRows(said.db, columns);
  const differing = unchanged.flatMap((document) => {
    const unlike = columns.filter(
      (_, index) => ours.get(document)?.[index] !== theirs.get(document)?.[index],
    );
    return unlike.length === 0 ? [] : [{ document, columns: unlike }];
  });
  return { compared: unchanged.length, differing, left: said.left };
}
