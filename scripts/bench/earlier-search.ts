/** The search of an earlier commit, from a checkout of it with its dependencies installed, in this process. */
import type { Database } from "bun:sqlite";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runBun } from "./child-process.ts";
import type { Query } from "./search-graph.ts";

export interface EarlierSearch extends Disposable {
  readonly search: (query: Query, limit: number) => unknown;
}

/** Where a commit keeps what opens a graph and what searches it. */
const LAYOUTS = [
  { open: "src/graph/open.ts", search: "src/graph/search/search.ts", index: "src/graph/search/semantic.ts" },
  { open: "src/store/graph-store.ts", search: "src/store/search.ts", index: "src/store/semantic-index.ts" },
] as const;

interface Modules {
  readonly openGraphForReading?: (path: string) => Database;
  readonly openGraphToRead?: (path: string) => { readonly db: Database };
  readonly keepPages?: (db: Database) => void;
  readonly searchGraph: (db: Database, index: object, request: object) => unknown;
  readonly SemanticIndex: new (db: Database) => object;
}

interface EarlierGraph {
  readonly folder: string;
  readonly chunks: number;
  readonly queries: number;
  readonly note: (message: string) => void;
}

/** @param checkout its own writer makes the graph, of the same text and vectors, which is kept in `folder` */
export async function openEarlier(checkout: string, graph: EarlierGraph): Promise<EarlierSearch> {
  const layout = LAYOUTS.find(({ search }) => existsSync(join(checkout, search)));
  if (layout === undefined) throw new Error(`There is no search of amalfa in ${checkout}.`);
  const modules: Partial<Modules> = {};
  for (const file of Object.values(layout)) Object.assign(modules, await import(join(checkout, file)));
  const { openGraphForReading, openGraphToRead, keepPages, searchGraph, SemanticIndex } = modules as Modules;
  const path = await generatedBy(checkout, graph);
  const db = openGraphToRead?.(path).db ?? openGraphForReading?.(path);
  if (db === undefined) throw new Error(`${checkout} has no known way to open a graph.`);
  keepPages?.(db);
  const index = new SemanticIndex(db);
  return {
    search: ({ text, vector }, limit) =>
      searchGraph(db, index, { query: text, mode: "hybrid", limit, vector }),
    [Symbol.dispose]: () => db.close(),
  };
}

async function generatedBy(
  checkout: string,
  { folder, chunks, queries, note }: EarlierGraph,
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const name = Bun.hash(checkout).toString(16);
  const path = join(folder, `earlier-${name}-${chunks}.db`);
  const done = `${path}.done`;
  if (existsSync(done)) return path;
  note(`generating a graph of ${chunks} chunks by ${checkout}`);
  for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
  const generator = join(checkout, "scripts/bench/search-graph.ts");
  const program = `const { generateGraph } = await import(${JSON.stringify(generator)});
    generateGraph(${JSON.stringify(path)}, ${chunks}, ${queries});`;
  await runBun(["-e", program]);
  writeFileSync(done, "");
  return path;
}
