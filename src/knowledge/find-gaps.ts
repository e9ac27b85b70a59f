/**
 * Gaps: documents that are about the same and not linked, either way.
 *
 * A document's vector is the mean of its chunks' vectors, normalised. What is listed first is what stands out: a pair
 * that is closer to each other than either is to the rest of its surroundings, as in the cross-domain similarity
 * local scaling of A. Conneau et al., ICLR 2018. Hundreds of pages made from one template, all alike, therefore come
 * last, and no document is named more than a few times. Translations of one page, templates that others are made from,
 * and copies that a tool which syncs made of a note are alike on purpose: no pair of them is a gap.
 */

import type { Database } from "bun:sqlite";
import { float32View, guarded, isOfEarlierSchema, sharedFiles, storedText } from "../graph/index.ts";
import { originalsIn } from "../graph/search/index.ts";
import { storedLinkRoots } from "../ingest/discovery/index.ts";
import { TranslatedPages } from "../ingest/markdown/index.ts";
import type { Project } from "../project/index.ts";
import { readTransaction } from "../sqlite/index.ts";
import { AmalfaError } from "../system/index.ts";
import { answerFresh, compareWithFiles, type FreshGraph, type Told } from "./freshness/index.ts";
import type { GraphReader } from "./graph-reader.ts";
import { MAX_GAPS_LIMIT } from "./limits.ts";
import { findNeighbours, type NearPair } from "./near-pairs.ts";
import { isSymbolicLink } from "./path-inside.ts";
import { type TemplateTest, templateTest } from "./templates.ts";

export interface GapsRequest {
  /** Pairs to return at most, 1 to 1000. */
  readonly limit: number;
  /** The least cosine of a pair, 0 to 1. */
  readonly threshold: number;
}

export interface GapEnd {
  readonly id: string;
  readonly title: string;
}

export interface Gap {
  readonly a: GapEnd;
  readonly b: GapEnd;
  /** The cosine of the two documents' vectors. */
  readonly similarity: number;
}

export interface GapsReport {
  readonly threshold: number;
  /** Documents that were compared: those with text. */
  readonly documents: number;
  readonly gaps: readonly Gap[];
}

/** What is told of documents by their paths and files. */
export interface KindTests {
  readonly isTemplate: TemplateTest;
  /** Whether a document's path is a symbolic link. */
  readonly isLink: (id: string) => boolean;
}

function kindTests(root: string): KindTests {
  return { isTemplate: templateTest(root), isLink: (id) => isSymbolicLink(root, id) };
}

/** How often one document is named in the list at most. */
const NAMED_AT_MOST = 3;

/** Pairs of documents whose files are what was compared. Throws `gaps.limit` and `gaps.threshold` (exit 2). */
export async function findGapsNow(
  project: Project,
  graph: FreshGraph,
  request: GapsRequest,
  find: (reader: GraphReader, request: GapsRequest, kinds: KindTests) => GapsReport = findGaps,
): Promise<GapsReport & Told> {
  return answerFresh(graph, (reader, { gone }) => {
    const report = guarded(project.paths.database, () => find(reader, request, kindTests(project.root)));
    const ids = report.gaps.flatMap(({ a, b }) => [a.id, b.id]);
    const states = compareWithFiles(project.root, reader.db, ids, gone);
    const mayShow = ({ id }: GapEnd): boolean => ["same", "unreadable"].includes(states.get(id) ?? "gone");
    const having = (state: string): string[] => [...states.keys()].filter((id) => states.get(id) === state);
    const gaps = report.gaps.filter(({ a, b }) => mayShow(a) && mayShow(b));
    return {
      value: { ...report, gaps },
      stale: { changed: having("changed"), removed: having("gone"), unreadable: having("unreadable") },
    };
  });
}

/** Throws `gaps.limit` and `gaps.threshold` (exit 2). */
export function findGaps(
  { db }: GraphReader,
  { limit, threshold }: GapsRequest,
  kinds: KindTests = { isTemplate: () => false, isLink: () => false },
): GapsReport {
  checkRequest({ limit, threshold });
  return readTransaction(db, () => {
    const { ids, vectors, dimensions } = documentVectors(db);
    const { pairs, density } = findNeighbours(vectors, dimensions);
    const own = ownFiles(db, ids, kinds.isLink);
    const linked = linkedPairs(db, ids, own);
    const isOnPurpose = alikeOnPurpose(db, ids, kinds.isTemplate);
    const gaps = pairs.filter(
      ({ a, b, similarity }) =>
        similarity >= threshold &&
        own[a] === a &&
        own[b] === b &&
        !linked.has(pairKey(a, b, ids.length)) &&
        !isOnPurpose(a, b),
    );
    const chosen = choose(gaps, density, limit);
    return { threshold, documents: ids.length, gaps: describe(db, chosen, ids) };
  });
}

/**
 * Of each position that of the document which stands for its file: a link to a document is one as well, and the same.
 */
function ownFiles(db: Database, ids: readonly string[], isLink: KindTests["isLink"]): readonly number[] {
  const files = sharedFiles(db);
  const first = new Map<string, number>();
  const inOrder = (links: boolean): void =>
    ids.forEach((id, position) => {
      const file = files.get(id);
      if (file !== undefined && !first.has(file) && (links || !isLink(id))) first.set(file, position);
    });
  inOrder(false);
  inOrder(true);
  return ids.map((id, position) => first.get(files.get(id) ?? "") ?? position);
}

/** Whether two documents, by their positions, are one page, or one of them is a template or a copy in conflict. */
function alikeOnPurpose(
  db: Database,
  ids: readonly string[],
  isTemplate: TemplateTest,
): (a: number, b: number) => boolean {
  const pages = new TranslatedPages(ids, storedLinkRoots(db));
  const languages = toldLanguages(db);
  const texts = db.query("SELECT text FROM chunks WHERE node = ? ORDER BY ordinal");
  const templates = ids.map((id) => isTemplate(id, () => texts.values(id).flat().join("\n")));
  const copies = originalsIn(db, ids);
  return (a, b) => {
    const [id, other] = [ids[a] as string, ids[b] as string];
    if (templates[a] === true || templates[b] === true) return true;
    if (copies.has(id) || copies.has(other)) return true;
    const told = languages.get(id);
    return pages.isTranslation(id, other) && (told === undefined || told !== languages.get(other));
  };
}

/** What documents seem to be in, or say that they are. */
function toldLanguages(db: Database): Map<string, string> {
  if (isOfEarlierSchema(db)) return new Map();
  const rows = db
    .query("SELECT node, json_extract(fields, '$.lang[0]') FROM document_fields WHERE json_valid(fields)")
    .values() as [string, unknown][];
  return new Map(rows.flatMap(([node, told]) => (typeof told === "string" ? [[node, told]] : [])));
}

function checkRequest({ limit, threshold }: GapsRequest): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_GAPS_LIMIT) {
    throw new AmalfaError("gaps.limit", `The limit must be a whole number from 1 to ${MAX_GAPS_LIMIT}.`);
  }
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new AmalfaError("gaps.threshold", "The threshold must be a number from 0 to 1.");
  }
}

/** Rows in the order of the ids; documents without text have none. */
function documentVectors(db: Database): { ids: string[]; vectors: Float32Array; dimensions: number } {
  const ids: string[] = [];
  let vectors = new Float32Array(0);
  let dimensions = 0;
  const rows = db.query(
    "SELECT c.node, v.vector FROM chunks c JOIN vectors v ON v.chunk = c.id ORDER BY c.node, c.ordinal",
  );
  const count = db.query<{ n: number }, []>("SELECT count(DISTINCT node) AS n FROM chunks").get()?.n ?? 0;
  for (const row of rows.iterate() as Iterable<{ node: unknown; vector: Uint8Array }>) {
    const vector = float32View(row.vector);
    if (dimensions === 0) {
      dimensions = vector.length;
      vectors = new Float32Array(count * dimensions);
    }
    if (vector.length !== dimensions) continue;
    const node = storedText(row.node, "a passage");
    if (ids.at(-1) !== node) ids.push(node);
    const start = (ids.length - 1) * dimensions;
    for (let i = 0; i < dimensions; i++) {
      vectors[start + i] = (vectors[start + i] as number) + (vector[i] as number);
    }
  }
  normaliseRows(vectors, dimensions, ids.length);
  return { ids, vectors: vectors.subarray(0, ids.length * dimensions), dimensions };
}

function normaliseRows(vectors: Float32Array, dimensions: number, count: number): void {
  for (let start = 0; start < count * dimensions; start += dimensions) {
    let sum = 0;
    for (let i = start; i < start + dimensions; i++) sum += (vectors[i] as number) ** 2;
    const norm = Math.sqrt(sum);
    if (norm === 0) continue;
    for (let i = start; i < start + dimensions; i++) vectors[i] = (vectors[i] as number) / norm;
  }
}

function linkedPairs(db: Database, ids: readonly string[], own: readonly number[]): Set<number> {
  const position = new Map(ids.map((id, index) => [id, own[index] as number]));
  const linked = new Set<number>();
  for (const [source, target] of db.query("SELECT source, target FROM edges").values() as [
    string,
    string,
  ][]) {
    const a = position.get(source);
    const b = position.get(target);
    if (a !== undefined && b !== undefined) linked.add(pairKey(Math.min(a, b), Math.max(a, b), ids.length));
  }
  return linked;
}

function pairKey(a: number, b: number, count: number): number {
  return a * count + b;
}

/** What stands out first, equal cases by their ids' order, no document more than a few times. */
function choose(gaps: readonly NearPair[], density: Float32Array, limit: number): NearPair[] {
  const ranked = gaps
    .map((pair) => ({
      pair,
      standsOut: 2 * pair.similarity - (density[pair.a] as number) - (density[pair.b] as number),
    }))
    .sort((x, y) => y.standsOut - x.standsOut || x.pair.a - y.pair.a || x.pair.b - y.pair.b);
  const named = new Map<number, number>();
  const chosen: NearPair[] = [];
  for (const { pair } of ranked) {
    const [a, b] = [named.get(pair.a) ?? 0, named.get(pair.b) ?? 0];
    if (a >= NAMED_AT_MOST || b >= NAMED_AT_MOST) continue;
    named.set(pair.a, a + 1);
    named.set(pair.b, b + 1);
    chosen.push(pair);
    if (chosen.length === limit) break;
  }
  return chosen;
}

function describe(db: Database, pairs: readonly NearPair[], ids: readonly string[]): Gap[] {
  const titles = db.query<{ title: string }, [string]>("SELECT title FROM nodes WHERE id = ?");
  const end = (position: number): GapEnd => {
    const id = ids[position] as string;
    return { id, title: titles.get(id)?.title ?? id };
  };
  return pairs.map(({ a, b, similarity }) => ({
    a: end(a),
    b: end(b),
    similarity: Math.round(similarity * 10_000) / 10_000,
  }));
}
