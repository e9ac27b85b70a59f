/**
 * Tags among the properties that a page of Logseq begins with (`tags:: a, b`). Front matter above them would make them
 * properties of a block, and take the page's title and aliases from it. Pure.
 */
import { propertyLines, tagsOfProperty } from "../ingest/markdown/index.ts";

export interface PropertyTags {
  readonly tags: readonly string[];
  /** One insertion, behind the last tag or as a line of its own below the other properties. */
  insertion(added: readonly string[]): { readonly at: number; readonly text: string };
}

/** Undefined where a text begins with no such property. @param text without front matter, with either line ends */
export function propertyTags(text: string): PropertyTags | undefined {
  const start = text.startsWith("\uFEFF") ? 1 : 0;
  const lines = propertyLines(text.slice(start));
  const last = lines.at(-1);
  if (last === undefined) return undefined;
  const list = lines.find(({ key }) => key === "tags");
  return {
    tags: list === undefined ? [] : tagsOfProperty(list.value),
    insertion(added) {
      const words = added.map(written).join(", ");
      if (list === undefined) {
        const indent = /^[ \t]*(?:[-*][ \t]+)?/.exec(text.slice(start + last.start))![0].replace(/[-*]/, " ");
        const lineEnd = /\r\n|\n/.exec(text)?.[0] ?? "\n";
        return { at: start + last.end, text: `${lineEnd}${indent}tags:: ${words}` };
      }
      const line = text.slice(start + list.start, start + list.end);
      if (list.value === "") return { at: start + list.end, text: /[ \t]$/.test(line) ? words : ` ${words}` };
      const separator = list.value.endsWith(",") ? " " : ", ";
      return { at: start + list.start + line.trimEnd().length, text: separator + words };
    },
  };
}

/** In brackets where the word alone would be none: a number. */
function written(tag: string): string {
  return tagsOfProperty(tag)[0] === tag ? tag : `[[${tag}]]`;
}
