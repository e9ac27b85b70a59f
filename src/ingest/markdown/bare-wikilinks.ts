/**
 * Wikilinks in YAML, where people write them without quotes.
 *
 * To YAML `[[name]]` is a list in a list, `[[2024]]` a number in one, `[[a, b]]` has two items, `[[a: b]]` a mapping,
 * and `[[a]], [[b]]` is an error. Before the YAML is read, the characters of such links that mean something to it are
 * therefore put out of its sight, and afterwards back in place. Each is replaced by one other character, so that
 * every offset stays what it was.
 */

/**
 * Characters that mean something to YAML, in the order of the noncharacters of Unicode that stand for them, which no
 * text contains.
 */
const SPECIAL = "[],:#{}&*!|>'\"%@`?-\\~<=$^.";
const FIRST_STAND_IN = 0xfdd0;
const STAND_INS = /[\uFDD0-\uFDEF]/g;

const WIKILINK = /!?\[\[[^[\]\n]{1,1000}\]\]/y;

/** The YAML with each wikilink outside quotes made one plain word or more; the same text where there is none. */
export function hideWikilinks(yaml: string): string {
  if (!yaml.includes("[[")) return yaml;
  let result = "";
  let copied = 0;
  for (const { at, link } of bareWikilinks(yaml)) {
    result += yaml.slice(copied, at) + hidden(link);
    copied = at + link.length;
  }
  return copied === 0 ? yaml : result + yaml.slice(copied);
}

/** A text as it was before its wikilinks were hidden. */
export function showWikilinks(text: string): string {
  return text.replace(STAND_INS, (mark) => SPECIAL[mark.charCodeAt(0) - FIRST_STAND_IN] ?? mark);
}

function hidden(link: string): string {
  let result = "";
  for (const character of link) {
    const place = SPECIAL.indexOf(character);
    result += place < 0 ? character : String.fromCharCode(FIRST_STAND_IN + place);
  }
  return result;
}

/** Those outside quotes and comments. A quote opens a text only where a value may begin: in `Don't` it is a letter. */
function* bareWikilinks(yaml: string): Generator<{ readonly at: number; readonly link: string }> {
  let beginsValue = true;
  for (let at = 0; at < yaml.length; at++) {
    const character = yaml[at]!;
    if ((character === '"' || character === "'") && beginsValue) {
      // One that is never closed is an apostrophe after all.
      at = endOfQuotes(yaml, at) ?? at;
    } else if (character === "#" && (at === 0 || /\s/.test(yaml[at - 1]!))) {
      const end = yaml.indexOf("\n", at);
      at = (end < 0 ? yaml.length : end) - 1;
    } else if (character === "[" || character === "!") {
      WIKILINK.lastIndex = at;
      const link = WIKILINK.exec(yaml)?.[0];
      if (link !== undefined) {
        yield { at, link };
        at += link.length - 1;
      }
    }
    beginsValue = mayBeginValue(yaml, at, beginsValue);
  }
}

/** Whether a value may begin behind a character, given whether one might have begun with it. */
function mayBeginValue(yaml: string, at: number, before: boolean): boolean {
  const character = yaml[at]!;
  if (/[\n[{,]/.test(character)) return true;
  if (/[:?-]/.test(character)) return /\s/.test(yaml[at + 1] ?? "\n");
  return before && /\s/.test(character);
}

/** The place of the closing quote. */
function endOfQuotes(yaml: string, open: number): number | undefined {
  const quote = yaml[open]!;
  for (let at = open + 1; at < yaml.length; at++) {
    if (yaml[at] === "\\" && quote === '"') at++;
    else if (yaml[at] !== quote) continue;
    else if (quote === "'" && yaml[at + 1] === "'") at++;
    else return at;
  }
  return undefined;
}
