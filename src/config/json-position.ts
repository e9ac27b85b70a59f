/**
 * Where a JSON text stops being JSON.
 *
 * The engine's own parser says what is wrong but not where, and a settings file with a missing comma is
 * unreadable without a line number.
 */

/** A place in a text, both counted from 1; the column in UTF-16 code units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** What the text must look like at an offset for one token; `y` makes each match start exactly there. */
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const BLANK = /[ \t\r\n]*/y;

/** The position of the first character that cannot belong to a JSON document, or `undefined` if it is one. */
export function jsonErrorPosition(text: string): TextPosition | undefined {
  const offset = firstInvalidOffset(text);
  return offset === undefined ? undefined : positionAt(text, offset);
}

/** Turns an offset in UTF-16 code units into line and column. */
export function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastBreak };
}

/** What may come next; the containers that are open are kept on a stack, so that depth costs no recursion. */
type Expecting = "value" | "value-or-close" | "key" | "key-or-close" | "colon" | "comma-or-close" | "end";

function firstInvalidOffset(text: string): number | undefined {
  const open: string[] = [];
  let expecting: Expecting = "value";
  let at = 0;
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const afterValue = (): Expecting => (open.length === 0 ? "end" : "comma-or-close");
  for (;;) {
    match(BLANK);
    const char = text[at];
    if (char === undefined) return expecting === "end" ? undefined : at;
    const closes = char === open.at(-1) && (expecting.endsWith("-close") || expecting === "comma-or-close");
    if (closes) {
      open.pop();
      at++;
      expecting = afterValue();
    } else if (expecting.startsWith("value")) {
      if (char === "{" || char === "[") {
        open.push(char === "{" ? "}" : "]");
        at++;
        expecting = char === "{" ? "key-or-close" : "value-or-close";
      } else if (match(STRING) || match(SCALAR)) expecting = afterValue();
      else return at;
    } else if (expecting.startsWith("key")) {
      if (!match(STRING)) return at;
      expecting = "colon";
    } else if (expecting === "colon") {
      if (char !== ":") return at;
      at++;
      expecting = "value";
    } else if (expecting === "comma-or-close" && char === ",") {
      at++;
      expecting = open.at(-1) === "}" ? "key" : "value";
    } else return at;
  }
}
