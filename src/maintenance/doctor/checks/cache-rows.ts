/**
 * `cache.rows`: vectors of the wrong length, with a wrong checksum, or not of unit length. Each is only ever a miss.
 *
 * SQL looks at all rows; of the vectors themselves some are read, with `--deep` all, and then those that belong to
 * chunks of the graph are embedded again and compared.
 */

import type { Database } from "bun:sqlite";
import {
  deleteFaultyRows,
  faultOfRow,
  isMalformedRow,
  type RowFault,
} from "../../../embedding/cache/index.ts";
import { findModel, type Model } from "../../../project/index.ts";
import { cosine } from "../../../system/index.ts";
import { loadVerification } from "../../cache/index.ts";
import {
  type Check,
  type CheckOutcome,
  counted,
  type Finding,
  type FixTarget,
  outcomeOf,
  textOf,
  withCache,
} from "../check.ts";
import type { CheckContext } from "../context.ts";
import { THRESHOLDS } from "../thresholds.ts";

export const cacheRows: Check = {
  id: "cache.rows",
  repair: deleteFaulty,
  async run(context): Promise<CheckOutcome> {
    return withCache(context, async (db) => {
      const { rows, unconfigured, suspects, first, last } = countsOf(db, context.project.settings.model);
      const isAllUsually = suspects > 0 || rows <= THRESHOLDS.cacheSample;
      const all = context.deep || isAllUsually;
      const found = faultyRows(db, all ? undefined : spread(first, last));
      const { read } = found;
      const findings = FAULTS.flatMap((fault) =>
        faulty(context, fault, found[fault], {
          of: all ? undefined : read,
          onlyDeep: context.deep && !isAllUsually,
        }),
      );
      if (context.deep) findings.push(...(await compared(context, db)));
      const others =
        unconfigured > 0 ? `, ${unconfigured} of them of other models than the configured one` : "";
      return outcomeOf(findings, `${counted(rows, "1 vector", "vectors")}${others}; ${read} read completely`);
    });
  },
};

/** What SQL can tell of a row without reading its vector. */
const SUSPECT = `(typeof(vector) <> 'blob' OR length(vector) = 0 OR length(vector) % 4 <> 0
  OR typeof(checksum) <> 'integer' OR length(key) <> 64)`;

function countsOf(db: Database, modelName: string) {
  const model = findModel(modelName);
  const [rows, unconfigured, suspects, first, last] = db
    .query(
      `SELECT count(*), count(*) FILTER (WHERE model IS NOT ?1),
              count(*) FILTER (WHERE ${SUSPECT} OR (model IS ?1 AND length(vector) <> ?2)),
              coalesce(min(rowid), 0), coalesce(max(rowid), 0) FROM cache`,
    )
    .values(model?.id ?? null, (model?.dimensions ?? 0) * 4)[0] as [number, number, number, number, number];
  return { rows, unconfigured, suspects, first, last };
}

/** Places spread over the table: reading every row to choose some takes as long as reading all of them. */
function spread(first: number, last: number): number[] {
  const step = (last - first) / (THRESHOLDS.cacheSample - 1);
  return Array.from({ length: THRESHOLDS.cacheSample }, (_, place) => Math.floor(first + place * step));
}

/** @param places rows that are read, each the next one from there on; all where none are given */
function faultyRows(db: Database, places: readonly number[] | undefined): Record<RowFault | "read", number> {
  const row = "SELECT key, vector, checksum, model FROM cache";
  const query = db.query<Record<"key" | "vector" | "checksum" | "model", unknown>, string[]>(
    places === undefined
      ? row
      : `${row} WHERE rowid IN (SELECT (SELECT min(rowid) FROM cache WHERE rowid >= value) FROM json_each(?))`,
  );
  const counts = { malformed: 0, mislabelled: 0, read: 0 };
  for (const { key, vector, checksum, model } of query.iterate(
    ...(places === undefined ? [] : [JSON.stringify(places)]),
  )) {
    counts.read++;
    const fault = faultOfRow([key, vector, checksum, model]);
    if (fault !== undefined) counts[fault]++;
  }
  return counts;
}

const FAULTS = ["malformed", "mislabelled"] as const satisfies readonly RowFault[];

/** What people are told of faulty rows of one kind. */
interface Wording {
  readonly one: string;
  readonly many: string;
  readonly why: string;
  readonly action: string;
  readonly subject: string;
}

const WORDING: Readonly<Record<RowFault, Wording>> = {
  malformed: {
    one: "is malformed",
    many: "are malformed",
    why: "Such a row is never used: its vector is computed again, and the row only takes space.",
    action: "delete malformed rows",
    subject: "rows",
  },
  mislabelled: {
    one: "names a model whose vectors are longer or shorter than its own",
    many: "name models whose vectors are longer or shorter than their own",
    why:
      "Such a row is found by its key and used all the same, but it is counted and pruned as one of that model, " +
      "and left out of exports. Without it the vector is computed again.",
    action: "delete rows that name a wrong model",
    subject: "models",
  },
};

/** @param of how many rows were read, where those are not all; the fix looks at all */
function faulty(
  { project }: CheckContext,
  fault: RowFault,
  count: number,
  { of, onlyDeep }: { readonly of: number | undefined; readonly onlyDeep: boolean },
): Finding[] {
  if (count === 0) return [];
  const { vectorCache } = project.paths;
  const { one, many, why, action, subject } = WORDING[fault];
  const sample = of === undefined ? "" : `Of ${of} rows that were read, `;
  const is = counted(count, `1 row of the vector cache ${one}`, `rows of the vector cache ${many}`);
  const fix = { action, target: { path: vectorCache, fault }, onlyDeep };
  return [
    {
      severity: "warning",
      message: `${sample}${is}.`,
      why,
      subject: `${vectorCache} ${subject}`,
      fix,
      commands: [],
    },
  ];
}

/** Rows whose text is known because a chunk of the graph has the same key. */
async function compared(context: CheckContext, db: Database): Promise<Finding[]> {
  const graph = context.graph();
  if (graph.kind !== "open" || graph.schema.kind !== "current" || !context.settingsUsable) return [];
  const model = findModel(context.project.settings.model);
  if (model === undefined) return [];
  const [count] = graph.db.query("SELECT count(*) FROM chunks").values()[0] as [number];
  const step = Math.max(1, Math.floor(count / THRESHOLDS.embeddingSample));
  const chunks = graph.db
    .query(
      `SELECT key, node FROM (SELECT key, node, row_number() OVER (ORDER BY key) AS place FROM chunks)
       WHERE place % ? = 0 LIMIT ?`,
    )
    .values(step, THRESHOLDS.embeddingSample) as [string, string][];
  const vectors = new Map<string, Float32Array>();
  const row = db.query<{ vector: unknown; checksum: unknown; model: string | null }, [string]>(
    "SELECT vector, checksum, model FROM cache WHERE key = ?",
  );
  for (const [key] of chunks) {
    const found = row.get(key);
    if (found === null || isMalformedRow([key, found.vector, found.checksum, found.model])) continue;
    vectors.set(key, new Float32Array((found.vector as Uint8Array).slice().buffer));
  }
  return differing(context, model, vectors, new Set(chunks.map(([, node]) => node)));
}

async function differing(
  context: CheckContext,
  model: Model,
  vectors: ReadonlyMap<string, Float32Array>,
  nodes: ReadonlySet<string>,
): Promise<Finding[]> {
  const [{ embedFresh }, { embeddedTexts }] = await Promise.all([
    loadVerification(),
    import("../embedded-texts.ts"),
  ]);
  const texts = await embeddedTexts(context, model, nodes);
  const keys = [...vectors.keys()].filter((key) => texts.has(key));
  if (keys.length === 0) return [];
  const fresh = await embedFresh(
    keys.map((key) => texts.get(key)!),
    model,
    context.project.paths.models,
  );
  const wrong = keys.filter(
    (key, index) => !(cosine(vectors.get(key)!, fresh[index]!) >= THRESHOLDS.leastCosine),
  );
  if (wrong.length === 0) return [];
  return [
    {
      severity: "error",
      message: `${wrong.length} of ${keys.length} cached vectors that were embedded again came out differently.`,
      why:
        "Whatever wrote them used another model or another runtime, and every " +
        "ingest would take them over (compare `onnxruntime-node` versions).",
      subject: `${context.project.paths.vectorCache} contents`,
      commands: ["amalfa rebuild --no-cache"],
    },
  ];
}

/* Fix of `cache.rows`: deletes all rows with the fault, also those that the check has not read. */

async function deleteFaulty(target: FixTarget): Promise<string> {
  const fault = FAULTS.find((each) => each === textOf(target, "fault"));
  if (fault === undefined) throw new Error("The fix was given no fault.");
  return counted(await deleteFaultyRows(textOf(target, "path"), fault), "1 row deleted", "rows deleted");
}
