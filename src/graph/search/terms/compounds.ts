/**
 * Names that are written together: identifiers, paths, versions, dates, addresses, `C++`, `.NET`, `--flags`.
 *
 * The full-text index takes them apart at every mark. What they are as a whole is therefore kept beside the text, so
 * that `1.12.2` is told from `11.2.1`, and `get_user` from a user whom somebody gets.
 */
import { keepFromLastCompiler } from "../../../system/index.ts";
import { clausesOf, isUnspaced } from "./cjk.ts";
import { matchesOf } from "./matches.ts";

const LETTERS = String.raw`[\p{L}\p{N}\p{M}\p{Co}]`;
/** Marks that stand between the parts of a name. */
const JOINERS = String.raw`(?:[-=]>|[-_.:/\\@+#~=%&$*?']{1,3})`;

const SIGIL = String.raw`(?<![\p{L}\p{N}-])(?:--?|::|\.{1,2}\/|\.|~\/|[@#$%/\\]|__?)`;
const CORE = `${LETTERS}+(?:(?!--)${JOINERS}${LETTERS}+)*`;
const TAIL = String.raw`\+\+?|[#%]|__?|\(\)`;

/**
 * A name: parts with up to three marks between them, and the marks before and after it that belong to it. Two hyphens
 * are a dash. Numbered groups, since an object of named ones would take longer than the match.
 */
const NAME = new RegExp(String.raw`(${SIGIL})?(${CORE})(${TAIL})?(?![\p{L}\p{N}])`, "gu");

/** Longer ones are data, not names. */
const MAX_LENGTH = 120;

export interface Name {
  /** With the marks around it, such as `--dry-run`; equal to `core` where there are none. */
  readonly whole: string;
  /** Without them, such as `dry-run`. */
  readonly core: string;
  readonly at: number;
  /** The words that it is made of, in order, taken apart at marks and where the case changes. */
  readonly parts: readonly string[];
  /** Whether parts are told by the case alone, so that the index sees one word. */
  readonly isCamel: boolean;
}

/** Every word of a text, those that are names with what they are made of. */
export function namesIn(text: string): Name[] {
  return namesOrData(text, "every word").filter(isNoData);
}

/** Those whose parts say less than the whole, so that the whole has to be kept. */
export function wholeNamesIn(text: string): Name[] {
  return namesOrData(text, "more than a word").filter(isNoData).filter(isName);
}

/**
 * The same of what somebody asks for. A clause of a script without spaces is its pieces, however long it is; of other
 * data the words count where there is nothing else.
 */
export function namesAsked(text: string): Name[] {
  const names: Name[] = [];
  const inData: Name[] = [];
  for (const found of namesOrData(text, "every word")) {
    if (isNoData(found)) names.push(found);
    else for (const piece of piecesOf(found)) (isUnspaced(piece.core) ? names : inData).push(piece);
  }
  return names.length > 0 ? names : inData;
}

/** Longer than any name. */
interface Data {
  readonly data: string;
  readonly at: number;
}

function isNoData(found: Name | Data): found is Name {
  return !("data" in found);
}

function* piecesOf({ data, at }: Data): Generator<Name> {
  for (const { 0: word, index } of matchesOf(WORDS, data)) {
    let start = at + index;
    for (const core of isUnspaced(word) ? clausesOf(word) : [word]) {
      yield { whole: core, core, at: start, parts: [core], isCamel: false };
      start += core.length;
    }
  }
}

function namesOrData(text: string, which: "every word" | "more than a word"): (Name | Data)[] {
  const found: (Name | Data)[] = [];
  for (const match of matchesOf(NAME, text)) {
    const sigil = match[1] ?? "";
    const core = match[2] ?? "";
    const tail = match[3] ?? "";
    if (core.length > MAX_LENGTH) {
      found.push({ data: core, at: match.index + sigil.length });
      continue;
    }
    const suffix = tail === "()" ? "" : tail;
    const isOneWord = ONE_WORD.test(core);
    if (isOneWord && which === "more than a word" && sigil === "" && suffix === "") continue;
    const words = isOneWord ? [core] : (core.match(WORDS) ?? []);
    const parts = isOneWord ? words : words.flatMap(partsOfWord);
    found.push({
      whole: sigil + core + suffix,
      core,
      at: match.index,
      parts,
      isCamel: parts.length > words.length,
    });
  }
  return found;
}

const WORDS = new RegExp(`${LETTERS}+`, "gu");
/** As most are. */
const ONE_WORD = /^[a-z0-9]+$/;

/** Where the case changes: `getHTTPStatus` is get, HTTP, status; `URLs` are one word. */
const HUMPS =
  /\p{Lu}{2,}s(?!\p{Ll})|\p{Lu}+(?!\p{Ll})\p{N}*|\p{Lu}?\p{Ll}[\p{Ll}\p{M}\p{N}]*|[^\p{Lu}\p{Ll}]+/gu;

function partsOfWord(word: string): string[] {
  if (!/[\p{Ll}\p{N}]\p{Lu}\p{Ll}|\p{Ll}\p{Lu}|\p{Lu}\p{Lu}\p{Ll}/u.test(word)) return [word];
  const humps = word.match(HUMPS) ?? [word];
  return humps.length > 1 && humps.join("") === word ? humps : [word];
}

/** A version without the letter that some write before it, such as `1.12.2` of `v1.12.2`. */
export function bareVersion(core: string): string | undefined {
  return /^v\d+\./i.test(core) ? core.slice(1) : undefined;
}

/** A web address without what is the same in most, such as `example.org/a` of `https://www.example.org/a`. */
export function bareAddress(core: string): string | undefined {
  const bare = core.replace(/^[a-z][a-z0-9+.-]*:\/\/(?:www\.)?/i, "");
  return bare === core ? undefined : bare;
}

/** Names within a name that somebody may ask for: of `src/store/search.ts:42` also `search.ts`. */
export function namesWithin(core: string): string[] {
  if (!/[/\\:=@#&+~%$*]/.test(core)) return [];
  return core.split(/[/\\:=@#&+~%$*]+/).filter((name) => /[-_.']/.test(name));
}

/**
 * Words with hyphens or an apostrophe between them, `and/or`, `e.g.`, `30-year-old`: ordinary text has them, and means
 * no more than the words.
 */
const PROSE = /^\p{L}\p{Ll}*(?:[-'/]\p{Ll}+)*$|^\p{L}(?:[.&]\p{L})*$|^\p{N}+(?:-\p{Ll}{3,})+$/u;

/** Whether a name is more than ordinary words. */
export function isIdentifier({ whole, core, isCamel }: Pick<Name, "whole" | "core" | "isCamel">): boolean {
  return isCamel || whole !== core || (!PROSE.test(core) && /[\p{N}_.:/\\@+#~=%&$*]/u.test(core));
}

/** Whether the parts of a name say less than the whole. */
export function isName({ whole, core, isCamel, parts }: Name): boolean {
  return isCamel || whole !== core || (parts.length > 1 && !core.includes("'"));
}

keepFromLastCompiler(namesOrData, wholeNamesIn);
