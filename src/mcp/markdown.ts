/**
 * Results as text. Clients show a model either this or the structured content, so each names whatever the next call
 * needs: ids, lines, cursors, digests. What documents say is enclosed, so that no document can pass for the answer.
 *
 * Some clients print a text in a terminal. Nothing in a name or a document may steer it, or change how a line reads.
 * The structured content has every character as it is.
 */
import { escapedAsInJson, oneLine } from "../system/index.ts";

/** A text between fences that it does not contain. What cannot be shown is written out, for whoever edits the text. */
export function fenced(text: string): string {
  const longest = [...text.matchAll(/`{3,}/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${escapedAsInJson(text.replace(/\r\n?/g, "\n").replace(/\n$/, ""))}\n${fence}`;
}

/** A title, a heading or a snippet as part of a line. */
export function inLine(text: string): string {
  return oneLine(text);
}

/** A name as it is written in a call. */
export function named(id: string): string {
  return escapedAsInJson(id.includes("`") ? JSON.stringify(id) : `\`${id}\``);
}

/** A chunk, as `read_node_content` takes it for an id. */
export function place(id: string, [first, last]: readonly number[]): string {
  return named(first === last ? `${id}:${first}-${first}` : `${id}:${first}-${last}`);
}

/** Lines of a document, as people say them. */
export function linesSaid([first = 0, last = 0]: readonly number[]): string {
  return first === last ? `line ${first}` : `lines ${first}-${last}`;
}

/** Before an id of another project, as the next call names it. */
export function ofProject(name: string | undefined): string {
  return name === undefined ? "" : `project ${named(name)} `;
}

/** What a list of parts says of its end. */
export function more(nextCursor: string | undefined): string[] {
  return nextCursor === undefined ? [] : [`More: the same call with cursor "${nextCursor}".`];
}

export function blocks(...parts: readonly (string | readonly string[])[]): string {
  return parts
    .flat()
    .filter((part) => part !== "")
    .join("\n\n");
}

export function lines(...parts: readonly (string | readonly string[])[]): string {
  return parts
    .flat()
    .filter((part) => part !== "")
    .join("\n");
}
