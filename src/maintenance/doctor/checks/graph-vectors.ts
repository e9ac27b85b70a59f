/**
 * `graph.vectors`: every chunk has a vector, of the right size, from the configured model.
 *
 * With `--deep` all vectors are read, and some chunks are cut and embedded again without the vector cache and
 * compared.
 */

import type { Database } from "bun:sqlite";
import { float32View, readMeta } from "../../../graph/index.ts";
import { dimensionsOfId, findModel, findModelById, type Model } from "../../../project/index.ts";
import { ingestAtWork } from "../../../project/lock/index.ts";
import { readTransaction } from "../../../sqlite/index.ts";
import { cosine } from "../../../system/index.ts";
import { loadVerification } from "../../cache/index.ts";
import { type Check, type CheckOutcome, counted, type Finding, outcomeOf, withGraph } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { THRESHOLDS } from "../thresholds.ts";

export const graphVectors: Check = {
  id: "graph.vectors",
  async run(context): Promise<CheckOutcome> {
    return withGraph(context, async (db) => {
      const made = readMeta(db, "model");
      const configured = findModel(context.project.settings.model);
      if (
        context.settingsUsable &&
        configured !== undefined &&
        made !== undefined &&
        made !== configured.id
      ) {
        return outcomeOf([otherModel(made, configured)], "");
      }
      const dimensions = dimensionsOf(db, made) ?? configured?.dimensions ?? 0;
      // Asked before the rows are counted: an ingest that ends in between leaves none that wait.
      const ingest = ingestAtWork(context.project.paths);
      const { faults, waiting } = readTransaction(db, () => countsOf(db, dimensions, ingest));
      const isFine = waiting === undefined || context.input.waiting === "fine";
      const findings = [
        ...(isFine ? [] : [waiting]),
        ...faults,
        ...(context.deep ? await malformed(db, dimensions) : []),
      ];
      if (findings.length === 0 && context.deep && configured !== undefined) {
        findings.push(...(await embedAgain(context, db, configured)));
      }
      const [chunks] = db.query("SELECT count(*) FROM chunks").values()[0] as [number];
      const all = counted(chunks, "1 passage has its vector", "passages have their vectors");
      return outcomeOf(findings, waiting?.message ?? all);
    });
  },
};

function fault(message: string, subject: string): Finding {
  return {
    severity: "error",
    message,
    why: "Searches by meaning miss those passages or rank them wrongly.",
    subject,
    commands: ["amalfa rebuild"],
  };
}

function stillPending(waiting: number, chunks: number, ingest: string | undefined): Finding {
  const share = Math.floor((1 - waiting / chunks) * 100);
  return {
    severity: "warning",
    message:
      `${counted(waiting, "1 passage waits for its vector", "passages wait for their vectors")}; ` +
      `${share} % of the meaning is there.`,
    why:
      ingest === undefined
        ? "Until then they are found by their words, and not by meaning. " +
          "The next ingest goes on where the last one ended."
        : `Until then they are found by their words, and not by meaning. Wait: ${ingest} is computing them.`,
    subject: "pending vectors",
    commands: ingest === undefined ? ["amalfa init"] : [],
  };
}

/**
 * How long the graph's vectors have to be: what the id of their model says, wherever the settings lead, else what
 * most of them are. Undefined where there is none.
 */
function dimensionsOf(db: Database, made: string | undefined): number | undefined {
  const known = dimensionsOfId(made);
  if (known !== undefined) return known;
  const [most] = db
    .query(
      `SELECT length(vector) / 4 FROM vectors WHERE typeof(vector) = 'blob'
       GROUP BY length(vector) ORDER BY count(*) DESC LIMIT 1`,
    )
    .values() as [number][];
  return most?.[0];
}

function otherModel(made: string, configured: Model): Finding {
  const isKnown = findModelById(made) !== undefined;
  return {
    severity: isKnown ? "warning" : "error",
    message: `The vectors are from the model ${made}, and ${configured.id} is configured.`,
    why: isKnown
      ? "Searches by meaning go on with that model until all vectors of the configured one are computed."
      : "Vectors of two models cannot be compared, so only --mode lexical works.",
    subject: "model",
    commands: ["amalfa init"],
  };
}

interface Counted {
  readonly faults: Finding[];
  /** What is still to be computed, which is no fault. */
  readonly waiting: Finding | undefined;
}

/** What SQL can tell without reading the vectors themselves. */
function countsOf(db: Database, dimensions: number, ingest: string | undefined): Counted {
  // Rows of both tables lie in the order of the same ids, so that one pass tells all.
  const [vectors, wrongSize, stray] = db
    .query(
      `SELECT count(*), coalesce(sum(typeof(v.vector) <> 'blob' OR length(v.vector) <> ?), 0),
              coalesce(sum(c.id IS NULL), 0)
       FROM vectors v LEFT JOIN chunks c ON c.id = v.chunk`,
    )
    .values(dimensions * 4)[0] as [number, number, number];
  const [chunks, waiting, pending, packed] = db
    .query(
      `SELECT (SELECT count(*) FROM chunks),
              (SELECT count(*) FROM pending
               WHERE chunk IN (SELECT id FROM chunks) AND chunk NOT IN (SELECT chunk FROM vectors)),
              (SELECT count(*) FROM pending),
              (SELECT coalesce(sum(length(chunks)), 0) / 8 FROM vector_bits)`,
    )
    .values()[0] as [number, number, number, number];
  // Ids are unique on both sides, so that counting spares comparing them a second time.
  const without = chunks - (vectors - stray) - waiting;
  const faults: Finding[] = [];
  if (without > 0)
    faults.push(
      fault(
        counted(without, "1 passage has no vector.", "passages have no vector."),
        "passages without a vector",
      ),
    );
  if (pending > waiting) {
    const message = counted(
      pending - waiting,
      "1 passage is listed as waiting for its vector and has one.",
      "passages are listed as waiting for their vectors and have them.",
    );
    faults.push(fault(message, "pending"));
  }
  if (wrongSize > 0) {
    faults.push(
      fault(
        counted(
          wrongSize,
          `1 vector is not of ${dimensions} dimensions.`,
          `vectors are not of ${dimensions} dimensions.`,
        ),
        "vectors of the wrong size",
      ),
    );
  }
  if (stray > 0)
    faults.push(
      fault(
        counted(stray, "1 vector belongs to no passage.", "vectors belong to no passage."),
        "vectors without a passage",
      ),
    );
  if (packed !== vectors) {
    faults.push(
      fault(
        `The scan index holds ${counted(packed, "1 vector", "vectors")} and the graph ${vectors}.`,
        "vector_bits",
      ),
    );
  }
  return { faults, waiting: waiting > 0 ? stillPending(waiting, chunks, ingest) : undefined };
}

/** Vectors that are not what was written, by the checksum beside each, or never were a vector. */
async function malformed(db: Database, dimensions: number): Promise<Finding[]> {
  const [{ isNormalised }, { storedChecksum }] = await Promise.all([
    import("../../../embedding/cache/index.ts"),
    import("../../../graph/write/index.ts"),
  ]);
  const rows = db
    .query("SELECT c.key, v.vector, v.checksum FROM vectors v JOIN chunks c ON c.id = v.chunk")
    .iterate() as Iterable<{ key: string; vector: unknown; checksum: unknown }>;
  let altered = 0;
  let odd = 0;
  for (const { key, vector, checksum } of rows) {
    if (!(vector instanceof Uint8Array) || vector.byteLength !== dimensions * 4) continue;
    if (storedChecksum(key, vector) !== checksum) altered++;
    else if (!isNormalised(float32View(vector))) odd++;
  }
  const findings: Finding[] = [];
  if (altered > 0)
    findings.push(
      fault(
        counted(altered, "1 vector does not match its checksum.", "vectors do not match their checksums."),
        "damaged vectors",
      ),
    );
  if (odd > 0) {
    const message = counted(
      odd,
      "1 vector is not of unit length, or holds values that are no numbers.",
      "vectors are not of unit length, or hold values that are no numbers.",
    );
    findings.push(fault(message, "malformed vectors"));
  }
  return findings;
}

interface StoredSample {
  readonly text: string;
  readonly chunk: number;
  readonly node: string;
  readonly stored: Float32Array;
}

async function embedAgain(context: CheckContext, db: Database, model: Model): Promise<Finding[]> {
  const { embedFresh } = await loadVerification();
  const samples = await sampleOf(context, db, model);
  if (samples.length === 0) return [];
  const vectors = await embedFresh(
    samples.map(({ text }) => text),
    model,
    context.project.paths.models,
  );
  return samples.flatMap(({ node, chunk, stored }, index) => {
    const similarity = cosine(stored, vectors[index]!);
    if (similarity >= THRESHOLDS.leastCosine) return [];
    const message =
      `A passage of ${node} was embedded again, and its vector ` +
      `differs from the stored one (cosine ${similarity.toFixed(4)}).`;
    return [fault(message, `${node} ${chunk}`)];
  });
}

/**
 * Chunks spread over the graph, with the exact texts that were embedded; documents that have changed since are left
 * out.
 */
async function sampleOf(context: CheckContext, db: Database, model: Model): Promise<StoredSample[]> {
  const { embeddedTexts } = await import("../embedded-texts.ts");
  const [count] = db.query("SELECT count(*) FROM vectors").values()[0] as [number];
  const step = Math.max(1, Math.floor(count / THRESHOLDS.embeddingSample));
  const rows = db
    .query(
      `SELECT id, node, key, vector
       FROM (SELECT c.id, c.node, c.key, v.vector, row_number() OVER (ORDER BY c.id) AS place
        FROM chunks c JOIN vectors v ON v.chunk = c.id) WHERE place % ? = 0 LIMIT ?`,
    )
    .values(step, THRESHOLDS.embeddingSample) as [number, string, string, Uint8Array][];
  const texts = await embeddedTexts(context, model, new Set(rows.map(([, node]) => node)));
  return rows.flatMap(([chunk, node, key, vector]) => {
    const text = texts.get(key);
    return text === undefined ? [] : [{ text, chunk, node, stored: float32View(vector) }];
  });
}
