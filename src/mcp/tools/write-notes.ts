/** The tools that write notes, offered only where a server was started with `--allow-write` (I1). */
import { z } from "zod/v4";
import { loadWriting } from "../../knowledge/index.ts";
import { count, etag, lineRange, MAX_PATH_CHARACTERS } from "../fields.ts";
import { place } from "../markdown.ts";
import { defineTool } from "../tool.ts";

const { appendNote, MAX_NOTE_CHARACTERS, writeNote } = await loadWriting();

const path = z.string().min(1).max(MAX_PATH_CHARACTERS);
const text = z.string().max(MAX_NOTE_CHARACTERS);

const output = z.object({
  id: z.string(),
  created: z.boolean(),
  etag: z.string(),
  lines: lineRange,
  characters: count,
});

type Result = z.output<typeof output>;

function textOf({ id, created, etag: tag, lines }: Result): string {
  return `${created ? "Made" : "Wrote"} ${place(id, lines)}; its etag is now ${tag}.`;
}

export const writeNoteTool = defineTool({
  name: "write_note",
  title: "Write a note",
  description:
    "Write a markdown note. Use it to keep what was decided or learned. To replace one, give its etag.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  needs: "write",
  input: z.strictObject({ path, text, etag: etag.optional() }),
  output,
  run: ({ project }, request) => {
    const { lines, ...note } = writeNote(project, request);
    return { ...note, lines: [...lines], characters: request.text.length };
  },
  text: textOf,
});

export const appendNoteTool = defineTool({
  name: "append_note",
  title: "Append to a note",
  description: "Add text to the end of a note, new or not. Use it for logs and lists.",
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  needs: "write",
  input: z.strictObject({ path, text, etag: etag.optional() }),
  output,
  run: ({ project }, request) => {
    const { lines, ...note } = appendNote(project, request);
    return { ...note, lines: [...lines], characters: request.text.length };
  },
  text: textOf,
});
