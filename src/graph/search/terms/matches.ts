/** What `matchAll` finds, at once: that one copies the expression for each text, and most texts here are a word. */
export function matchesOf(expression: RegExp, text: string): readonly RegExpExecArray[] {
  expression.lastIndex = 0;
  let match = expression.exec(text);
  if (match === null) return NONE;
  const found: RegExpExecArray[] = [];
  for (; match !== null; match = expression.exec(text)) found.push(match);
  return found;
}

const NONE: readonly RegExpExecArray[] = [];
