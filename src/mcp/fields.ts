/** Fields that several tools share. */
import { z } from "zod/v4";
import type { Told } from "../knowledge/index.ts";
import { DATE_PATTERN } from "../system/index.ts";
import { MAX_RESULT_CHARACTERS } from "./paging.ts";

/** Longer than any path that a system takes. */
export const MAX_PATH_CHARACTERS = 4_096;

/** Its path relative to the project root, an unambiguous ending of that, or its title or alias. */
export const documentId = z.string().min(1).max(MAX_PATH_CHARACTERS);

/** `nextCursor` of the previous result, with all other arguments unchanged, to get the part that follows. */
export const cursor = z.string().max(200).optional();

/** Tokens of a result at least: less has no room for what stands around its content. */
const LEAST_BUDGET = 100;

export const budget = z.int().min(LEAST_BUDGET).max(50_000);

/** The digest of a file, for who may write. */
export const etag = z.string().min(1).max(100);

export const nextCursor = z
  .string()
  .optional()
  .describe(
    `Present when the result was cut at ${MAX_RESULT_CHARACTERS.toLocaleString("en-US")} ` +
      "characters; pass it as cursor to get the rest.",
  );

export const isoDate = z
  .string()
  .regex(DATE_PATTERN, "a date is YYYY, YYYY-MM or YYYY-MM-DD, or 7d, 2w, 3mo, 1y, today, yesterday");

/** The name of another project of the user's; in a search `*` stands for all. */
export const projectName = z.string().min(1).max(MAX_PATH_CHARACTERS).optional();

export const count = z.int().min(0);

export const lineRange = z.array(count).length(2).describe("First and last line, counted from 1.");

/** What every answer from the graph says of itself. */
export const told = {
  freshness: z
    .object({
      state: z.enum(["current", "refreshed", "behind", "unknown"]),
      added: count,
      changed: count,
      removed: count,
      reason: z.string().optional(),
    })
    .describe(
      "Whether the graph is what the files say now. refreshed: the " +
        "documents counted were brought in first; behind: they were not; " +
        "unknown: not every file could be compared in time. What is shown was compared with its file.",
    ),
  pending: z
    .object({ chunks: count, share: z.number(), secondsLeft: z.number().optional() })
    .optional()
    .describe(
      "Passages whose vectors are not there yet, and the share of all that have one; they are found by words.",
    ),
};

/** These fields of an answer, for a result that is put together anew. */
export function toldOf({ freshness, pending }: Told): Told {
  return { freshness, ...(pending === undefined ? {} : { pending }) };
}
