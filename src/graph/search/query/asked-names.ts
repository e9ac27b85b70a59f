/**
 * The name that a query means, where it has more than the name: marks around it, as of a pasted link, or words that
 * only say that a note is asked for. Who asks for `[[Heating]]` or `my notes about Heating` wants the note Heating.
 */
import { fold, functionWord } from "../language/index.ts";

/** A link to a note, to a heading in it, or with a text of its own. */
const LINK = /^!?\[\[([^[\]|#]+)(?:[|#][^[\]]*)?\]\]$/u;
/** Marks that stand around a name; `_` does not, as it is part of `__init__`. */
const AROUND = [
  /^\(([^()]+)\)$/u,
  /^\[([^[\]]+)\]$/u,
  /^(\*{1,3}|~~|`+)((?:(?!\1).)+)\1$/u,
  /^["“”„«]([^"“”„«»]+)["“”»]$/u,
  /^['‘‚](.+)['’‘]$/u,
  /^[「『《](.+)[」』》]$/u,
];
const BEHIND = /(?<=[\p{L}\p{N}\p{M}"'’”»)\]*`])[,;:.?!]+$/u;

/** Marks that come in pairs: one without the other was left over from what was copied, as in `heating"`. */
const PAIRED = ['"“”„«»', "'‘’‚", "()", "[]", "「」", "『』", "《》"];

/** Without the marks around it. */
export function withoutMarks(query: string): string {
  const text = query.trim();
  const within = [LINK, ...AROUND]
    .map((marks) => marks.exec(text)?.at(-1))
    .find((each) => each !== undefined);
  const inner = within ?? withoutLoneMark(text.replace(BEHIND, ""));
  return inner === text ? text : withoutMarks(inner);
}

function withoutLoneMark(text: string): string {
  const isAlone = (sign = ""): boolean => {
    const marks = PAIRED.find((each) => sign !== "" && each.includes(sign));
    return marks !== undefined && [...text].filter((each) => marks.includes(each)).length === 1;
  };
  return text.slice(isAlone(text[0]) ? 1 : 0, isAlone(text.at(-1)) ? -1 : undefined);
}

/** Words for a note, and for asking for one. */
const OF_NOTES = new Set(
  `note notes page pages document documents doc docs file files entry article
  called named titled entitled name title
  find show open read get give tell look looking search know need want say says said written write wrote
  notiz notizen seite seiten dokument datei namens meine meinen unsere zeig finde
  fichier intitulé intitulée appelé appelée página archivo documento llamado llamada pagina
  `.split(/\s+/),
);
const FOR_NOTES = new Set(["note", "notes", "page", "document", "doc", "file", "article", "notiz", "seite"]);
/** Longer queries are prose. */
const MOST_WORDS = 20;

/** Names that may be all that a query asks for, the longest first; none where all of it may be the name. */
export function namesAskedFor(query: string): string[] {
  const words = query.trim().split(/\s+/);
  if (words.length < 2 || words.length > MOST_WORDS) return [];
  const saysLittle = (word: string): boolean => {
    const bare = fold(word.replace(/:$/, ""));
    return OF_NOTES.has(bare) || functionWord(bare) !== undefined;
  };
  const telling = words.slice(0, -1).findIndex((word) => !saysLittle(word));
  const last = telling < 0 ? words.length - 1 : telling;
  const isForNote = last < words.length - 1 && FOR_NOTES.has(fold(withoutMarks(words.at(-1) ?? "")));
  const ends = isForNote ? [words.length, words.length - 1] : [words.length];
  const starts = Array.from({ length: last + 1 }, (_, at) => at);
  const names = starts.flatMap((from) => ends.map((to) => withoutMarks(words.slice(from, to).join(" "))));
  return [...new Set(names)].slice(1);
}
