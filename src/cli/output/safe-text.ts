/**
 * Text from documents and file names, made harmless for a terminal.
 *
 * A document may hold escape sequences that move the cursor, retitle the window or write to the clipboard, and
 * direction marks that make a line read as something else. None of them may reach a terminal.
 */

import { escaped } from "../../system/index.ts";

export { escaped, escapedAsInJson, escapedLines, manyLines, oneLine } from "../../system/index.ts";

/**
 * An id as the path that it stands for, which editors and `read` understand: `%` is no code. What would break the line
 * stays one.
 */
export function shownId(id: string): string {
  return escaped(id).replaceAll("%25", "%");
}
