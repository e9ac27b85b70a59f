/**
 * What readers of a page do not see: comments of HTML, of MDX and of Obsidian, and where links are defined.
 *
 * Nothing is left out of the midst of a line. Two `%%` in a sentence are more often the operator of a language or of a
 * formula than a comment, and what is left of the sentence would say something else. Only whole lines are left out, and
 * only where they can hardly be anything else.
 */

/** Code and formulas, in which all of it is what the text is about. */
const CODE = [
  String.raw`^[ \t>]*(?<fence>\x60{3,}|~{3,})[\s\S]*?(?:^[ \t>]*\k<fence>|(?![\s\S]))`,
  String.raw`(?<!\x60)(?<ticks>\x60+)(?!\x60)[^\n]*?[^\x60\n]\k<ticks>(?!\x60)`,
  String.raw`^ {0,3}\$\$[\s\S]*?\$\$`,
].join("|");
/** One or more on whole lines. Indented further, it is code. */
const HTML_COMMENT = String.raw`^ {0,3}(?:<!--(?:(?!<!--|-->)[\s\S])*-->[ \t]*)+$`;
const MDX_COMMENT = String.raw`^ {0,3}(?:\{\/\*(?:(?!\{\/\*|\*\/)[\s\S])*\*\/\}[ \t]*)+$`;
/** On one line, or on several ones that it has for itself; `%%time` begins a cell of a notebook. */
const COMMENT = [
  String.raw`^ {0,3}%%(?!%)(?:[^%\n]|%(?!%))*%%[ \t]*$`,
  String.raw`^ {0,3}%%(?=\s)(?:[^%]|%(?!%))*%%[ \t]*$`,
].join("|");
const DEFINITION = [
  String.raw`^ {0,3}\[(?!\^)(?<label>[^\]\n]{1,200})\]:[ \t]*(?<place><[^<>\n]*>|\S+)`,
  String.raw`(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*$`,
].join("");
const CODE_OR_HIDDEN = new RegExp(
  `(?<code>${CODE})|${HTML_COMMENT}|${MDX_COMMENT}|${COMMENT}|${DEFINITION}`,
  "gm",
);

/** Places that are nothing else: addresses, anchors, notes, paths with a beginning or an end as only paths have. */
const PLACE = new RegExp(
  `^(?:${[
    String.raw`[a-z][a-z\d+.-]*:\/\/\S+|mailto:\S+`,
    String.raw`#(?!\d+$)\S+`,
    String.raw`\.{0,2}\/\S*|\S.*\/(?:[^/]*\.[a-z]\w{0,9})?(?:[#?].*)?`,
    String.raw`\S.*\.mdx?(?:#.*)?`,
  ].join("|")})$`,
  "i",
);
/** A file or a path, or the answer `yes/no`. */
const MAYBE_PLACE = /^\S.*(?:\/|\.[a-z]\w{0,9}$)/i;

interface Groups {
  readonly code?: string;
  readonly label?: string;
  readonly place?: string;
}

/** The text as readers see it. @param isAsked whether words are among those that are looked for */
export function withoutHidden(text: string, isAsked: (words: string) => boolean): string {
  if (!/<!--|%%|\]:|\{\/\*/.test(text)) return text;
  return text.replace(CODE_OR_HIDDEN, (found: string, ...rest: unknown[]) => {
    const { code, label, place } = rest.at(-1) as Groups;
    if (code !== undefined) return code;
    if (label === undefined || place === undefined) return " ";
    return isDefinition(text, { label, place, isAsked }) ? " " : found;
  });
}

/** Not so a line of a talk (`[Anna]: yes`) or of a list (`[deadline]: 2026-12-24`), which is written alike. */
function isDefinition(
  text: string,
  {
    label,
    place,
    isAsked,
  }: Required<Omit<Groups, "code">> & { readonly isAsked: (words: string) => boolean },
): boolean {
  const bare = place.replace(/^<(.*)>$/, "$1");
  if (PLACE.test(bare)) return !isAsked(label) || isReferredTo(text, label);
  return MAYBE_PLACE.test(bare) && isReferredTo(text, label);
}

/** Whether a link names the label, other than by itself: somebody may be mentioned in brackets. */
function isReferredTo(text: string, label: string): boolean {
  const lower = text.toLowerCase();
  const name = `[${label.toLowerCase()}]`;
  return lower.includes(`]${name}`) || lower.includes(`${name}[]`) || lower.includes(`!${name}`);
}
