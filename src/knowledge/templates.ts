/**
 * Documents that others are made from: alike on purpose, never linked to one another, and no page of anybody's.
 *
 * Obsidian's settings name their folder. Elsewhere folders and names say so, but pages about templates lie in folders
 * of that name as well: the text has to be as short as that of a template, or to have gaps to fill in.
 */
import { join } from "node:path";
import type { TemplateTest } from "../graph/search/index.ts";
import { readSmallFile } from "../system/files/index.ts";

export type { TemplateTest };

const SETTINGS = [
  [".obsidian/templates.json", "folder"],
  [".obsidian/plugins/templater-obsidian/data.json", "templates_folder"],
] as const;
const LARGEST_SETTINGS = 1 << 20;

/** With numbers and signs before it that order folders. */
const FOLDER = /(?:^|\/)[^\p{L}/]*(?:templates?|archetypes|issue_template)[^\p{L}/]*\//iu;
/** `template.md`, `Template - Meeting.md`, `meeting_template.md`, `pull_request_template.md`. */
const NAME = /(?:^|\/)[^\p{L}/]*(?:templates?(?:[\s_.-][^/]*)?|[^/]*[\s_.-]template)\.[^./]+$/iu;
const CODE = /^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1[^\n]*$|`[^`\n]*`/gm;
/** `{{title}}`, `<% tp.date.now() %>`, `${1:name}`, `YYYY-MM-DD`, `[Name of the project]`, `_____`. */
const TO_FILL_IN =
  /\{\{.{0,200}?\}\}|<%.{0,200}?%>|\$\{.{0,200}?\}|\bYYYY\b|\[[^[\]\n]{2,60}\](?![([:])|_{4,}/;
/** Boxes of tasks and notes of Obsidian are no gaps. */
const NO_GAP = /\[[ xX-]\]|\[!\w+\]|\[\[[^\]\n]{0,1000}\]\]/g;
const MOST_WORDS = 120;

export function templateTest(root: string): TemplateTest {
  let folders: readonly string[] | undefined;
  return (id, text) => {
    folders ??= templateFolders(root);
    if (folders.some((folder) => id.startsWith(folder))) return true;
    if (!FOLDER.test(id) && !NAME.test(id)) return false;
    const written = text().replace(CODE, "").replace(NO_GAP, "");
    return TO_FILL_IN.test(written) || (written.match(/\p{L}+/gu)?.length ?? 0) <= MOST_WORDS;
  };
}

/** Where Obsidian's settings say that they are, as ids begin. */
export function templateFolders(root: string): string[] {
  return SETTINGS.flatMap(([file, key]) => folderIn(join(root, file), key));
}

function folderIn(path: string, key: string): string[] {
  try {
    const settings: unknown = JSON.parse(readSmallFile(path, LARGEST_SETTINGS));
    const folder = (settings as Readonly<Record<string, unknown>> | null)?.[key];
    const named = typeof folder === "string" ? folder.replace(/^\/+|\/+$/g, "") : "";
    return named === "" ? [] : [`${named}/`];
  } catch {
    return [];
  }
}
