/**
 * Setting a field of one table and taking the table away, in a TOML text that is somebody else's: nothing of it changes
 * but the lines of that field or that table. What stands below a table's last field, such as a comment on the next
 * table or one that is commented out, is none of it.
 *
 * The library says what a line means, and where a value over several lines ends: at the first line with which it can be
 * read.
 */
import { parse, stringify } from "smol-toml";

type Tree = Record<string, unknown>;

/** A field of a table, over the lines from `start` to before `end`. */
interface Field {
  readonly start: number;
  readonly end: number;
  readonly tree: Tree;
}

interface Table {
  /** The line of its header. */
  readonly start: number;
  /** Behind its last field. */
  end: number;
  readonly fields: Field[];
}

/** The text with a table of these fields at its end. What it ended with shows in how it ends now. */
export function withTable(text: string, path: readonly [string, string], fields: Tree): string {
  const eol = lineEndOf(text);
  const [key, name] = path;
  const table = stringify({ [key]: { [name]: fields } })
    .trim()
    .replaceAll("\n", eol);
  return text.endsWith("\n") ? `${text}${eol}${table}${eol}` : `${text}${eol}${eol}${table}`;
}

/** Undefined where the table has no header of its own. */
export function withField(
  text: string,
  path: readonly [string, string],
  field: string,
  value: unknown,
): string | undefined {
  const lines = linesOf(text);
  const table = tablesAt(lines, path).find(({ start }) => isHeaderOf(lines[start], path));
  if (table === undefined) return undefined;
  const written = stringify({ [field]: value }).trim();
  const present = table.fields.find(({ tree }) => Object.hasOwn(tree, field));
  if (present === undefined) {
    lines.splice(table.start + 1, 0, written + lineEndOf(text));
    return lines.join("");
  }
  const before = lines.slice(present.start, present.end).join("");
  const blanks = /^[ \t]*/.exec(before)?.[0] ?? "";
  lines.splice(present.start, present.end - present.start, blanks + written + remarkOf(before));
  return lines.join("");
}

/** Undefined where no table of that path has a header of its own. Tables below it go with it. */
export function withoutTable(text: string, path: readonly [string, string]): string | undefined {
  const lines = linesOf(text);
  const tables = tablesAt(lines, path);
  if (tables.length === 0) return undefined;
  for (const { start, end } of tables.reverse()) {
    // The empty line above it came with it.
    const first = /^\r?\n$/.test(lines[start - 1] ?? "") ? start - 1 : start;
    const hasLineEnd = lines[end - 1]?.endsWith("\n") === true;
    lines.splice(first, end - first);
    if (!hasLineEnd) lines.push((lines.pop() ?? "").replace(/\r?\n$/, ""));
  }
  return lines.join("");
}

function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}

function lineEndOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function isHeaderOf(line: string | undefined, [key, name]: readonly [string, string]): boolean {
  return Bun.deepEquals(read(line ?? ""), { [key]: { [name]: {} } });
}

/**
 * The table itself and those below it, such as the one of its environment. All lines before it are read as well: what
 * looks like its header may be a line of a text.
 */
function tablesAt(lines: readonly string[], [key, name]: readonly [string, string]): Table[] {
  const tables: Table[] = [];
  let table: Table | undefined;
  for (let start = 0, end = 1; start < lines.length; start = end) {
    end = start + 1;
    const line = lines[start] ?? "";
    if (/^\s*(?:#|$)/.test(line)) continue;
    if (/^\s*\[/.test(line)) {
      const below = read(line)?.[key];
      const isMeant = typeof below === "object" && below !== null && Object.hasOwn(below, name);
      table = isMeant ? { start, end, fields: [] } : undefined;
      if (table !== undefined) tables.push(table);
      continue;
    }
    const field = fieldFrom(lines, start);
    if (field === undefined) return [];
    end = field.end;
    if (table !== undefined) {
      table.fields.push(field);
      table.end = end;
    }
  }
  return tables;
}

function fieldFrom(lines: readonly string[], start: number): Field | undefined {
  for (let end = start + 1; end <= lines.length; end++) {
    if (end > start + 1 && !/"""|'''|[\]}]/.test(lines[end - 1] ?? "")) continue;
    const tree = read(lines.slice(start, end).join(""));
    if (tree !== undefined) return { start, end, tree };
  }
  return undefined;
}

/** What stands behind the value of a field in its last line: a comment, and the line end. */
function remarkOf(field: string): string {
  for (const { index } of field.matchAll(/[ \t]*#/g)) {
    if (read(field.slice(0, index)) !== undefined) return field.slice(index);
  }
  return /\r?\n?$/.exec(field)?.[0] ?? "";
}

function read(text: string): Tree | undefined {
  try {
    return parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}
