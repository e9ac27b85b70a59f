/**
 * How deep YAML nests, found before it is read: the library takes time that grows with the square of the depth, 3 s for
 * 8 KB of brackets, and comes to the end of the stack.
 */
import { createRequire } from "node:module";

/** Nobody wrote a deeper one by hand. */
const DEEPEST = 100;

/** A clause about the front matter. */
export const TOO_DEEP = `is nested more than ${DEEPEST} deep`;

/** A list, or a key, that begins within another one in the same line. */
const IN_ONE_LINE = new RegExp(String.raw`(?:[-?][ \t]+){${DEEPEST}}`);

const SCALAR_FOLLOWS = "\u001F";
const MARKS = /^[\u0002\u0018\u001F\uFEFF]$/;

/**
 * The offset where brackets and what is opened in the same line are deeper than that; undefined where nothing is.
 * What nests by indentation needs more characters for each level than for the one before, and the length of front
 * matter is bounded.
 */
export function placeTooDeep(yaml: string): number | undefined {
  if ((yaml.match(/[[{]/g)?.length ?? 0) <= DEEPEST && !IN_ONE_LINE.test(yaml)) return undefined;
  const { Lexer } = createRequire(import.meta.url)("yaml") as typeof import("yaml");
  let offset = 0;
  let brackets = 0;
  let inLine = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(yaml)) {
    if (!isScalar) {
      if (token === "[" || token === "{") brackets++;
      else if (token === "]" || token === "}") brackets--;
      else if (token === "-" || token === "?") inLine++;
      else if (token === "\n") inLine = 0;
      if (brackets + inLine > DEEPEST) return offset;
    }
    isScalar = !isScalar && token === SCALAR_FOLLOWS;
    if (!MARKS.test(token)) offset += token.length;
  }
  return undefined;
}
