/** Several documents at once, as their files stand. */
import { loadParser } from "../ingest/markdown/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError } from "../system/index.ts";
import { answerFresh, compareWithFiles, type FreshGraph, type Told } from "./freshness/index.ts";
import { type DocumentText, mayNameHeading, namesNow, readDocument } from "./read-document.ts";

export interface UnreadDocument {
  /** As it was asked for. */
  readonly id: string;
  readonly error: AmalfaError;
}

export interface DocumentsRead {
  readonly documents: readonly DocumentText[];
  readonly failed: readonly UnreadDocument[];
}

/** Each once, in the order in which they are named. @param wanted as `readDocument` takes them, lines behind them */
export async function readDocumentsNow(
  project: Project,
  graph: FreshGraph,
  wanted: readonly string[],
): Promise<DocumentsRead & Told> {
  let parser = wanted.some(mayNameHeading) ? await loadParser() : undefined;
  const load = async (): Promise<void> => {
    parser = await loadParser();
  };
  return answerFresh(graph, (reader, { gone }) => {
    const documents: DocumentText[] = [];
    const failed: UnreadDocument[] = [];
    for (const id of new Set(wanted)) {
      try {
        documents.push(readDocument(project, reader, id, { parser }));
      } catch (error) {
        // What a database says of itself is not about one document.
        if (!(error instanceof AmalfaError) || !/^(document|path)\./.test(error.code)) throw error;
        failed.push({ id, error });
      }
    }
    const ids = documents.map(({ id }) => id);
    const states = compareWithFiles(project.root, reader.db, ids, gone);
    const changed = ids.filter((id) => states.get(id) === "changed");
    const parse = parser;
    const named = documents.map((document) =>
      parse !== undefined && changed.includes(document.id)
        ? { ...document, ...namesNow(project.root, document.id, parse) }
        : document,
    );
    return {
      value: { documents: named, failed },
      stale: { changed, removed: [] },
      prepare: changed.length > 0 && parse === undefined ? load : undefined,
    };
  });
}
