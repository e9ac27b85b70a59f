/**
 * Numbers that are written in groups: thousands, telephone and account numbers. Somebody else writes the same number
 * without the marks between, or with others, so that what they are without them is found too.
 */
import { dayOf, keepFromLastCompiler } from "../../../system/index.ts";
import { matchesOf } from "./matches.ts";

export interface GroupedNumber {
  /** As it is written. */
  readonly text: string;
  /** Without what stands between the groups, in lower case. */
  readonly digits: string;
}

const GAPS = String.raw`,_.'’ \u00a0\u202f`;
/** Groups of three digits with the same mark between them. */
const THOUSANDS = new RegExp(String.raw`(?<![\d.,_])\d{1,3}([${GAPS}])\d{3}(?:\1\d{3})*(?!\d)`, "g");
/** Groups of digits, as of a telephone number. */
const GROUPS = /(?<![\d.,_:])\+?\(?\d+(?:[ \u00a0\u202f()./-]{1,3}\d+)+(?![\d:])/g;
/** Letters and digits in groups of four, as of a bank account. */
const ACCOUNT =
  /(?<![\p{L}\p{N}])[A-Z]{2}\d\d(?:[ \u00a0][A-Z0-9]{4}){2,7}(?:[ \u00a0][A-Z0-9]{1,3})?(?![\p{L}\p{N}])/gu;

/** Hexadecimal digits in groups, as of a network card and a UUID, and the weeks of ISO 8601. */
const HEXADECIMAL = new RegExp(
  [
    String.raw`[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}`,
    String.raw`[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}`,
    "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    String.raw`[12]\d{3}-W[0-5]\d(?:-[1-7])?`,
  ]
    .map((kind) => String.raw`(?<![\p{L}\p{N}.:-])${kind}(?![.:-]?[\p{L}\p{N}])`)
    .join("|"),
  "giu",
);
const MAY_BE_HEXADECIMAL = /[0-9a-f]{2}[-.:][0-9a-f]{2}|\d-W\d/i;

/** Of groups that are no thousands; longer ones are a table or a list. */
const FEWEST_DIGITS = 7;
const MOST_DIGITS = 20;

/** The numbers of a text that are written in groups. */
export function groupedNumbers(text: string): GroupedNumber[] {
  const found = new Map<string, string>();
  if (MAY_BE_HEXADECIMAL.test(text)) {
    for (const [written] of matchesOf(HEXADECIMAL, text))
      found.set(written, written.replace(/[-.:]/g, "").toLowerCase());
  }
  if (!/\d/.test(text)) return asGroups(found);
  const days = daysIn(text);
  if (!/\d[^\p{L}\n]{0,3}\d/u.test(text)) return [...asGroups(found), ...days];
  for (const [written] of matchesOf(THOUSANDS, text)) found.set(written, digitsOf(written));
  for (const [written] of matchesOf(GROUPS, text)) {
    const digits = digitsOf(written);
    if (digits.length >= FEWEST_DIGITS && digits.length <= MOST_DIGITS) found.set(written, digits);
  }
  for (const [written] of matchesOf(ACCOUNT, text))
    found.set(written, written.replace(/\s/g, "").toLowerCase());
  return [...asGroups(found), ...days];
}

/** What may be a day: in digits, or with the name of its month before or behind its number. */
const DAYS = new RegExp(
  [
    String.raw`[12]\d{3}([-_/.])\d\d\1\d\d`,
    // With more groups it is a version or an address.
    String.raw`(?<!\d\.)\d{1,2}\.\d{1,2}\.[12]\d{3}(?!\.\d)`,
    String.raw`\d{1,2}(?:st|nd|rd|th|\.)? \p{L}{3,9}\.?,? [12]\d{3}`,
    String.raw`\p{L}{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? [12]\d{3}`,
  ]
    .map((kind) => String.raw`(?<![\p{L}\p{N}])${kind}(?![\p{L}\p{N}])`)
    .join("|"),
  "giu",
);

/** Days that a text names, with their digits from the year on: of `16 November 2026` these are `20261116`. */
export function daysIn(text: string): (GroupedNumber & { readonly at: number })[] {
  if (!/(?<!\d)[12]\d{3}(?!\d)/.test(text)) return [];
  return matchesOf(DAYS, text).flatMap(({ 0: written, index: at }) => {
    const day = dayOf(written);
    return day === undefined ? [] : [{ text: written, at, digits: digitsOf(day) }];
  });
}

function asGroups(found: ReadonlyMap<string, string>): GroupedNumber[] {
  return [...found].map(([text, digits]) => ({ text, digits }));
}

/** Digits in groups of three from the right: `1`, `140` for `1140`. */
export function inThousands(digits: string): string[] {
  return digits.match(/\d{1,3}(?=(?:\d{3})*$)/g) ?? [];
}

/** Whether a number may as well be a version, or one with decimals. */
export function mayBeDecimal(written: string): boolean {
  return /^\d+[.,]\d+$/.test(written);
}

function digitsOf(written: string): string {
  return written.replace(/\D/g, "");
}

/**
 * The numbers between letters that are so long that they are nobody else's, as of a register of firms: who writes one
 * in groups is found by it, `GB 293 8471 06` for `GB293847106`.
 */
export function longNumbersIn(name: string): string[] {
  if (!/^(?=.*\p{L})[\p{L}\d]+$/u.test(name)) return [];
  const numbers = (name.match(/\d+/g) ?? []).filter(
    ({ length }) => length >= FEWEST_DIGITS && length <= MOST_DIGITS,
  );
  return numbers.length === 1 ? numbers : [];
}

/** A telephone number with the code of its country. */
export interface TelephoneNumber {
  /** Digits, from the country's on. */
  readonly international: string;
  /** Digits as they may be dialled within the country. */
  readonly national: readonly string[];
}

const INTERNATIONAL =
  /(?<![\p{L}\p{N}.,_:+])(\+|00(?=[1-9 ]))[ \u00a0]?[1-9]\d*(?:[ \u00a0\u202f()./-]{1,3}\d+)*(?![\d:])/gu;
/** Countries whose code has two digits; 1 and 7 are alone, all others have three. */
const TWO_DIGITS = /^(?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;
/** Of ITU-T E.164. */
const MOST_INTERNATIONAL = 15;
const FEWEST_INTERNATIONAL = 9;

/** The telephone numbers of a text that have the code of a country, after `+` or `00`. */
export function telephoneNumbers(text: string): TelephoneNumber[] {
  if (!/\+\d|(?<!\d)00[1-9 ]/.test(text)) return [];
  return matchesOf(INTERNATIONAL, text).flatMap(([written, prefix = ""]): TelephoneNumber[] => {
    // The nought in brackets is dialled within the country only.
    const international = digitsOf(written.slice(prefix.length).replace(/\(0\)/, ""));
    const { length } = international;
    if (length < FEWEST_INTERNATIONAL || length > MOST_INTERNATIONAL) return [];
    const codeLength = /^[17]/.test(international) ? 1 : TWO_DIGITS.test(international) ? 2 : 3;
    const own = international.slice(codeLength);
    return [{ international, national: [`0${own}`, own, ...(international[0] === "7" ? [`8${own}`] : [])] }];
  });
}

keepFromLastCompiler(groupedNumbers, telephoneNumbers);
