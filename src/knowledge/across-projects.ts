/** The results of several projects in one order. Pure. */
import { join } from "node:path";
import { relativePathOf } from "../ingest/markdown/index.ts";

interface Sure {
  readonly id: string;
  readonly confidence: number;
  readonly score: number;
  readonly lacks?: readonly string[] | undefined;
}

/** What is left of the confidence of what lacks the words that another project has. */
const LACKING = 0.29;

/**
 * The surest first: scores compare within one graph only. Where one project has what was asked for, the nearest
 * that another one has instead is no answer. A file that is in two projects is one result, the surer one.
 */
export function inOneOrder<Result extends Sure>(
  found: readonly { readonly root: string; readonly results: readonly Result[] }[],
): Result[] {
  const all = found.flatMap(({ root, results }) =>
    results.map((result) => ({ result, file: join(root, relativePathOf(result.id)) })),
  );
  const isSomewhere = all.some(({ result }) => result.lacks === undefined);
  const seen = new Set<string>();
  return all
    .map(({ result, file }) => ({ result: isSomewhere ? lessSure(result) : result, file }))
    .sort(({ result: a }, { result: b }) => b.confidence - a.confidence || b.score - a.score)
    .filter(({ file }) => !seen.has(file) && seen.add(file))
    .map(({ result }) => result);
}

function lessSure<Result extends Sure>(result: Result): Result {
  const { lacks, confidence } = result;
  if (lacks === undefined || confidence <= LACKING) return result;
  return { ...result, confidence: Math.round(10_000 * LACKING * confidence) / 10_000 };
}
