/** Small graphs with vectors of our choice, written through the real writer. */
import type { Database } from "bun:sqlite";
import { openGraphToWrite } from "../../src/graph/open.ts";
import { readGeneration } from "../../src/graph/state.ts";
import type { EdgeScope, WriteScope } from "../../src/graph/write/staging.ts";
import { Staging } from "../../src/graph/write/staging.ts";
import { writeGraph } from "../../src/graph/write/writer.ts";
import { TempFolder } from "./temp-folder.ts";

export interface FixtureDocument {
  readonly id: string;
  readonly title?: string;
  readonly texts: readonly string[];
  /** The last heading above each text; the id where there is none. */
  readonly headings?: readonly string[];
  readonly vectors?: readonly Float32Array[];
  readonly linksTo?: readonly string[];
  readonly tags?: readonly string[];
  readonly aliases?: readonly string[];
  readonly fields?: Readonly<Record<string, readonly string[]>>;
}

export const FIXTURE_DIMENSIONS = 64;

/** Opens a graph at `path`; the caller closes it. */
export function openFixtureGraph(path: string): Database {
  return openGraphToWrite(path);
}

/** A graph of these documents in a folder of its own, which goes when it is disposed of. */
export function fixtureGraph(documents: readonly FixtureDocument[] = []): Database {
  const folder = new TempFolder();
  const db = openFixtureGraph(folder.join("graph.db"));
  if (documents.length > 0) writeFixture(db, documents);
  return Object.assign(db, {
    [Symbol.dispose]() {
      db.close();
      folder[Symbol.dispose]();
    },
  });
}

export function writeFixture(
  db: Database,
  documents: readonly FixtureDocument[],
  options: {
    scope?: WriteScope;
    edges?: EdgeScope;
    leaving?: readonly string[];
    meanwhile?: () => void;
  } = {},
): void {
  const staging = new Staging(db, options.scope === "everything" ? "note unchanged" : "stage all");
  try {
    for (const {
      id,
      title,
      texts,
      headings,
      vectors,
      linksTo,
      tags = [],
      aliases = [],
      fields = {},
    } of documents) {
      const document = {
        id,
        title: title ?? id,
        hash: `hash of ${texts.join()}`,
        tags,
        fields,
        aliases,
        size: 1,
        mtimeMs: 1_000,
        links: (linksTo ?? []).map((target, index) => ({
          type: "link",
          target,
          anchor: undefined,
          line: index + 1,
        })),
      };
      const chunks = texts.map((text, ordinal) => ({
        node: id,
        ordinal,
        heading: [id, ...(headings?.[ordinal] === undefined ? [] : [headings[ordinal]])],
        startLine: ordinal * 10 + 1,
        endLine: ordinal * 10 + 9,
        text,
        key: `key of ${Bun.hash.xxHash3(text).toString(16)}`,
        vector: vectors?.[ordinal] ?? unitVector(text),
      }));
      staging.add([document], chunks);
      staging.addEdges(
        (linksTo ?? []).map((target) => ({ source: id, target, type: "link" })),
        [],
      );
    }
    staging.addLeaving(options.leaving ?? []);
    options.meanwhile?.();
    writeGraph(staging, {
      scope: options.scope ?? "changed documents",
      edges: options.edges ?? "staged sources",
      generation: readGeneration(db),
      meta: { model: "fixture", fingerprint: "fixture" },
    });
  } finally {
    for (const table of [
      "nodes",
      "fields",
      "stats",
      "chunks",
      "terms",
      "vectors",
      "pending",
      "links",
      "edges",
      "unresolved",
    ]) {
      db.run(`DROP TABLE temp.staged_${table}`);
    }
    for (const table of ["leaving", "unchanged_chunks"]) db.run(`DROP TABLE temp.${table}`);
    db.run("DROP TABLE IF EXISTS temp.taken_out");
  }
}

/** A normalised vector that depends on the text alone. */
export function unitVector(text: string, dimensions = FIXTURE_DIMENSIONS): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, (_, i) => {
    return Number(Bun.hash.xxHash32(`${text} ${i}`)) / 2 ** 31 - 1;
  });
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

/** A normalised vector that depends on the text but for its cosine to another one. */
export function nearTo(other: Float32Array, text: string, cosine: number): Float32Array {
  const own = unitVector(text);
  const along = own.reduce((sum, value, at) => sum + value * other[at]!, 0);
  const across = own.map((value, at) => value - along * other[at]!);
  const length = Math.hypot(...across);
  return across.map((value, at) => cosine * other[at]! + (Math.sqrt(1 - cosine ** 2) * value) / length);
}
