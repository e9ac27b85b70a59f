/**
 * Days as somebody asks for them. Beside the ways to write one that are told in every text (numbers.ts) a query has
 * some that a text could only be guessed to mean: `14/04/2025`, `24.12.25`, `14 avril 2025`, and `April 12`, which is
 * the day of any year. Texts that write it so are found by their words (day-spellings.ts).
 */
import { dayOf } from "../../../system/index.ts";
import { asExactToken, compose } from "../language/index.ts";
import type { Name } from "../terms/index.ts";
import { daysIn, matchesOf } from "../terms/index.ts";
import { byDigits, isEnglishMonth, monthCalled, spellingsOfDays } from "./day-spellings.ts";
import { inTerms, type Sought } from "./sought.ts";
import { gluedSought } from "./sought-phrases.ts";

export interface AskedDay {
  /** As it is written. */
  readonly text: string;
  readonly at: number;
  /** The days that it may be, as YYYY-MM-DD: one, or two, or where no year is said those of all years. */
  readonly days: readonly string[];
  /** Whether it may as well be something else: `05/06/2026` is another day to others, and `24.12.25` a version. */
  readonly isUnsure: boolean;
}

const DATE = String.raw`(?:the )?(\d{1,2})(?:st|nd|rd|th|er|\.)?`;
const WORD = String.raw`(\p{L}{3,12})`;
const DATE_FIRST = `${DATE} (?:of |de )?${WORD}`;
const MONTH_FIRST = String.raw`${WORD}\.? ${DATE}`;
/** As in Hungarian and Lithuanian. */
const WORDS_LAST = String.raw`([12]\d{3})\.? (?:m\. )?${WORD} (\d{1,2})(?:\.| d\.)?`;
const EAST_ASIAN = String.raw`(\d{1,2})[月월] ?(\d{1,2})[日일]`;

/** With its year, wherever it stands. */
const YEAR_LAST = String.raw`(\d{1,2})([/-])(\d{1,2})\2([12]\d{3})`;
const YEAR_FIRST = String.raw`([12]\d{3})([/-])(\d{1,2})\2(\d{1,2})`;
const WITH_YEAR = [
  String.raw`\d{1,2}(?:\/\d{1,2}\/|-\d{1,2}-)[12]\d{3}`,
  String.raw`[12]\d{3}(?:\/\d{1,2}\/|-\d{1,2}-)\d{1,2}`,
  String.raw`${DATE_FIRST}\.?,?(?: del?)? [12]\d{3}`.replace(/\((?!\?)/g, "(?:"),
  WORDS_LAST.replace(/\((?!\?)/g, "(?:"),
].map((kind) => String.raw`(?<![\p{L}\p{N}]|\p{N}[./-])${kind}(?![\p{L}\p{N}]|[./-]\p{N})`);
const IN_TEXT = new RegExp(
  [...WITH_YEAR, String.raw`(?<!\d)[12]\d{3}[年년] ?${EAST_ASIAN}`.replace(/\((?!\?)/g, "(?:")].join("|"),
  "giu",
);

const WEEKDAY = [
  "(?:mon|tues|wednes|thurs|fri|satur|sun)day",
  "(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch",
].join("|");
const whole = (kind: string): RegExp => new RegExp(`^${kind}$`, "iu");
const ALL_YEAR_LAST = whole(YEAR_LAST);
const ALL_YEAR_FIRST = whole(YEAR_FIRST);
const ALL_DATE_FIRST = whole(String.raw`(?:(?:${WEEKDAY}),? )?${DATE_FIRST}(?:\.?,?(?: del?)? ([12]\d{3}))?`);
const ALL_WORDS_LAST = whole(WORDS_LAST);
const ALL_MONTH_FIRST = whole(`(?:(?:${WEEKDAY}),? )?${MONTH_FIRST}`);
const ALL_EAST_ASIAN = whole(String.raw`(?:([12]\d{3})[年년] ?)?${EAST_ASIAN}`);
const DOTTED = whole(String.raw`(\d{1,2})\.(\d{1,2})\.(\d\d)?`);
const SHORT_YEAR = whole(String.raw`(\d{1,2})\/(\d{1,2})\/(\d\d)`);

/** The days that a query names; one of any year, or with a year of two digits, only where it is all of the query. */
export function daysAsked(query: string): AskedDay[] {
  if (!/\d/.test(query)) return [];
  const told = daysIn(query);
  const all = told.length === 0 ? dayAsked(query) : undefined;
  if (all !== undefined) return [all];
  const named = told.map(({ text, at }) => ({ text, at, days: [dayOf(text) ?? ""], isUnsure: false }));
  const others = matchesOf(IN_TEXT, query).flatMap(({ 0: text, index: at }) => {
    const found = dayOf(text) === undefined ? read(text) : undefined;
    return found === undefined ? [] : [{ text, at, ...found }];
  });
  return [...named, ...others].slice(0, MOST_ASKED);
}

/** A pasted log has hundreds; further ones are found by their digits alone. */
const MOST_ASKED = 8;

/** The day that all of a query is. */
export function dayAsked(query: string): AskedDay | undefined {
  const text = compose(query)
    .trim()
    .replace(/[?!]+$/, "")
    .replace(OF_THE_YEAR, "");
  if (text.length > LONGEST || !/\d/.test(text)) return undefined;
  const day = dayOf(text);
  const found = day === undefined ? read(text) : { days: [day], isUnsure: false };
  return found === undefined ? undefined : { text, at: compose(query).indexOf(text), ...found };
}

const LONGEST = 40;
/** `22 июля 2026 г.`, `22 lipca 2026 r.`, `22. јул 2026.` */
const OF_THE_YEAR = /(?<=[12]\d{3})(?: ?[гrр]\.?|\.)$/iu;

type Read = Pick<AskedDay, "days" | "isUnsure">;

function read(written: string): Read | undefined {
  const [, first = "", , second = "", last] = ALL_YEAR_LAST.exec(written) ?? [];
  if (last !== undefined) return eitherOf(last, first, second);
  const [, year, , itsMonth = "", itsDate = ""] = ALL_YEAR_FIRST.exec(written) ?? [];
  if (year !== undefined) return sure(daysOf(year, itsMonth, itsDate));
  const [, one = "", other = "", short] = SHORT_YEAR.exec(written) ?? [];
  if (short !== undefined) return unsure(eitherOf(inFull(short), one, other)?.days);
  const dotted = DOTTED.exec(written);
  if (dotted !== null) {
    const [, date = "", month = "", ofCentury] = dotted;
    const days = daysOf(ofCentury === undefined ? undefined : inFull(ofCentury), month, date);
    return ofCentury === undefined ? sure(days) : unsure(days);
  }
  const eastAsian = ALL_EAST_ASIAN.exec(written);
  if (eastAsian !== null) return sure(daysOf(eastAsian[1], eastAsian[2] ?? "", eastAsian[3] ?? ""));
  const [, date, name = "", itsYear] = ALL_DATE_FIRST.exec(written) ?? [];
  if (date !== undefined) return sure(daysOf(itsYear, monthOf(name), date));
  const [, ofYear, called = "", its = ""] = ALL_WORDS_LAST.exec(written) ?? [];
  if (ofYear !== undefined) return sure(daysOf(ofYear, monthOf(called), its));
  const [, before = "", after] = ALL_MONTH_FIRST.exec(written) ?? [];
  // `Mars 12` is no day: only those who speak English write the month first.
  if (after === undefined || !isEnglishMonth(before)) return undefined;
  return sure(daysOf(undefined, monthOf(before), after));
}

/** Of two numbers either may be the month, where none is too large for one. */
function eitherOf(year: string, one: string, other: string): Read | undefined {
  const days = [...new Set([...daysOf(year, other, one), ...daysOf(year, one, other)])];
  return days.length > 1 ? unsure(days) : sure(days);
}

function sure(days: readonly string[]): Read | undefined {
  return days.length === 0 ? undefined : { days, isUnsure: false };
}

function unsure(days: readonly string[] = []): Read | undefined {
  return days.length === 0 ? undefined : { days, isUnsure: true };
}

/** The years of which notes have days. */
const [EARLIEST, LATEST] = [1900, 2099];

/** None where there is no such day; without a year that of every year, the latest first. */
function daysOf(year: string | undefined, month: string, date: string): string[] {
  const end = `-${month.padStart(2, "0")}-${date.padStart(2, "0")}`;
  const years =
    year === undefined ? Array.from({ length: LATEST - EARLIEST + 1 }, (_, back) => LATEST - back) : [year];
  return years.map((each) => `${each}${end}`).filter((day) => dayOf(day) === day);
}

function monthOf(name: string): string {
  return String(monthCalled(name));
}

/** From 1970 on. */
function inFull(ofCentury: string): string {
  return `${ofCentury < "70" ? "20" : "19"}${ofCentury}`;
}

/** One thing: who has the month and the year has only parts of it. @param names within it */
export function daySought(asked: AskedDay, names: readonly Name[], languages: readonly string[]): Sought {
  const sought = gluedSought({ ...asked, tokens: [] }, names, languages);
  const ways = spellingsOfDays(asked.days);
  const told = byDigits(asked.days);
  const asWritten = /\s/.test(asked.text) ? [] : [inTerms(asExactToken(asked.text))];
  if (asked.isUnsure) {
    return {
      ...sought,
      whole: [asWritten],
      instead: [told, ...ways.sure],
      parts: [...sought.parts, told],
    };
  }
  return {
    ...sought,
    whole: [[told, ...ways.sure, ...asWritten]],
    forms: [...new Set([...sought.forms, ...ways.unsure])],
    instead: ways.apart,
    isDay: true,
  };
}
