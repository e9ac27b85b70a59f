/**
 * What the files say, as an ingest of nothing but them would write it: a graph without vectors, in a temporary file
 * of SQLite's own. What the project's graph holds of the same files has to have the same digests (I2), so that
 * comparing those compares every row.
 */
import { Database } from "bun:sqlite";
import { createSchema } from "../graph/index.ts";
import { type StagedChunk, type StagedDocument, Staging, writeGraph } from "../graph/write/index.ts";
import type { Model } from "../project/index.ts";
import { GarbageWatch } from "../system/index.ts";
import type { DiscoveredFile } from "./discovery/index.ts";
import type { LinkRoot } from "./markdown/index.ts";
import { type FileReading, loadReadAhead, loadReader } from "./reading/index.ts";
import { stageEdges } from "./stage-edges.ts";

export interface GraphOfFiles extends Disposable {
  /** The graph of the documents that were read. */
  readonly db: Database;
  /** Content hashes of the documents that were read, by id. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Files for which there was no time. */
  readonly left: number;
}

export interface FilesToRead {
  readonly files: readonly DiscoveredFile[];
  readonly model: Model;
  readonly modelsDirectory: string;
  /** Those of the graph that it is compared with. */
  readonly linkRoots: readonly LinkRoot[];
  /** When to stop reading, by `performance.now()`. */
  readonly until: number;
}

/**
 * Files that cannot be read or are no text are left out. Throws `model.missing` or `model.damaged`: chunks are cut
 * by the model's tokenizer.
 */
export async function graphOfFiles({
  files,
  model,
  modelsDirectory,
  linkRoots,
  until,
}: FilesToRead): Promise<GraphOfFiles> {
  const [{ readerInThisThread }, { readAhead }] = await Promise.all([loadReader(), loadReadAhead()]);
  const db = new Database("", { strict: true });
  try {
    createSchema(db);
    const staging = new Staging(db);
    const garbage = new GarbageWatch();
    const hashes = new Map<string, string>();
    let seen = 0;
    await using reader = readerInThisThread({ model, modelsDirectory });
    for await (const batch of readAhead(reader, files, () => undefined)) {
      for (const [file, reading] of batch) {
        if (reading.kind !== "document") continue;
        hashes.set(file.id, reading.hash);
        staging.add([documentOf(file, reading)], chunksOf(file.id, reading));
      }
      seen += batch.length;
      garbage.check();
      if (performance.now() >= until) break;
    }
    stageEdges(staging, "all sources", "everything", linkRoots);
    writeGraph(staging, { scope: "everything", edges: "all sources", generation: 0, meta: {} });
    return { db, hashes, left: files.length - seen, [Symbol.dispose]: () => db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

type DocumentReading = Extract<FileReading, { kind: "document" }>;

function documentOf(
  { id, size }: DiscoveredFile,
  { hash, storedMtimeMs, document }: DocumentReading,
): StagedDocument {
  const { title, tags, aliases, fields, links } = document;
  return { id, title, hash, tags, aliases, fields, size, mtimeMs: storedMtimeMs, links };
}

function chunksOf(node: string, { document }: DocumentReading): StagedChunk[] {
  return document.chunks.map(({ heading, startLine, endLine, text, key }, ordinal) => {
    return { node, ordinal, heading, startLine, endLine, text, key, vector: undefined };
  });
}
