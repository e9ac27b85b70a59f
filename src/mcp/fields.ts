/** Fields that several tools share. */
import { z } from "zod/v4";
import { MAX_RESULT_CHARACTERS } from "./paging.ts";

/** Longer than any path that a system takes. */
export const MAX_PATH_CHARACTERS = 4_096;

export const documentId = z
  .string()
  .min(1)
  .max(MAX_PATH_CHARACTERS)
  .describe(
    "A document's id: its path relative to the project root, an unambiguous ending of that, or its title or alias.",
  );

export const cursor = z
  .string()
  .max(200)
  .optional()
  .describe(
    "nextCursor of the previous result, with all other arguments unchanged, to get the part that follows.",
  );

export const nextCursor = z
  .string()
  .optional()
  .describe(
    `Present when the result was cut at ${MAX_RESULT_CHARACTERS.toLocaleString("en-US")} characters; pass it as cursor to get the rest.`,
  );

export const count = z.int().min(0);

export const lineRange = z.array(count).length(2).describe("First and last line, counted from 1.");
