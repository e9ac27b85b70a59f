/**
 * The ways in which texts write a day, by which the full-text index finds it where its digits are not kept beside the
 * text (numbers.ts).
 */
import { asPhrase } from "./sought.ts";

/** In English first, then in German, French, Spanish, Italian, Portuguese and Dutch; without accents. */
export const MONTHS = [
  "january jan januar janner janvier janv enero gennaio janeiro januari",
  "february feb februar fevrier fevr febrero febbraio fevereiro februari",
  "march mar marz mars marzo marco maart",
  "april apr avril avr abril aprile",
  "may mai mayo maggio maio mei",
  "june jun juni juin junio giugno junho",
  "july jul juli juillet juil julio luglio julho",
  "august aug aout agosto augustus",
  "september sept sep septembre septiembre settembre setembro",
  "october oct oktober okt octobre octubre ottobre outubro",
  "november nov novembre noviembre novembro",
  "december dec dezember dez decembre diciembre dicembre dezembro",
].map((names) => names.split(" "));
/** English ones, which may stand before the date. */
export const ENGLISH_MONTHS: ReadonlySet<string> = new Set(
  MONTHS.flatMap((names) => names.slice(0, 2)).concat("sep"),
);

/** Expressions of FTS5. */
export interface DaySpellings {
  /** What means this day and no other: `30/09/2026`, `3 juillet 2025`. */
  readonly sure: readonly string[];
  /** What may as well be another day, or something else: `05/06/2026`, `24.12.25`. */
  readonly unsure: readonly string[];
  /** The day and its month, and the year in the name of the document or in a heading. */
  readonly apart: readonly string[];
}

const IN_NAMES = "{path title heading} : ";

/** Of more days only the digits are sought: one of any year is two hundred. */
const MOST_DAYS = 2;

/** @param days as YYYY-MM-DD; without a year they are all of one date */
export function spellingsOfDays(days: readonly string[]): DaySpellings {
  if (days.length > MOST_DAYS) {
    const dated = datesInWords(days[0]!);
    return { sure: [], unsure: [anyOf(dated)], apart: [] };
  }
  const inDigits = days.flatMap(daysInDigits);
  const inWords = days.flatMap((day) => datesInWords(day).map((date) => [date, day.slice(0, 4)] as const));
  const sure = [
    ...inDigits.filter(({ isSure }) => isSure).map(({ text }) => text),
    ...inWords.flatMap(([date, year]) => [`${date} ${year}`, `${date} de ${year}`, `${date} del ${year}`]),
  ];
  const unsure = inDigits.filter(({ isSure }) => !isSure).map(({ text }) => text);
  const eastAsian = days.flatMap(inEastAsian).map((text) => `${asPhrase([text])} *`);
  return {
    sure: [anyOf(sure), eastAsian.join(" OR ")],
    unsure: unsure.length === 0 ? [] : [anyOf(unsure)],
    apart: [
      inWords.map(([date, year]) => `(${asPhrase([date])} AND ${IN_NAMES}${asPhrase([year])})`).join(" OR "),
    ],
  };
}

/** Finds what has any of these days in a way that is told in every text: its digits are kept beside it. */
export function byDigits(days: readonly string[]): string {
  return anyOf(days.map((day) => day.replaceAll("-", "")));
}

function anyOf(phrases: readonly string[]): string {
  return [...new Set(phrases)].map((phrase) => asPhrase([phrase])).join(" OR ");
}

/** For the index these are words, whatever stands between them. */
function daysInDigits(day: string): { readonly text: string; readonly isSure: boolean }[] {
  const [year = "", month = "", date = ""] = day.split("-");
  const isSure = Number(date) > MONTHS.length || date === month;
  const short = year.slice(2);
  return withoutNoughts(date).flatMap((itsDate) =>
    withoutNoughts(month).flatMap((itsMonth) => [
      { text: `${year} ${itsMonth} ${itsDate}`, isSure: true },
      { text: `${itsDate} ${itsMonth} ${year}`, isSure },
      { text: `${itsMonth} ${itsDate} ${year}`, isSure },
      { text: `${itsDate} ${itsMonth} ${short}`, isSure: false },
      { text: `${itsMonth} ${itsDate} ${short}`, isSure: false },
    ]),
  );
}

/** The day without its year, with the names of its month. */
function datesInWords(day: string): string[] {
  const [, month = "", date = ""] = day.split("-");
  const dates = [...withoutNoughts(date), ...(date === "01" ? ["1er"] : [])];
  const [names = []] = MONTHS.slice(Number(month) - 1);
  return dates.flatMap((each) =>
    names.flatMap((name) => [
      `${each} ${name}`,
      ...(ENGLISH_MONTHS.has(name) ? [`${name} ${each}`] : [`${each} de ${name}`]),
    ]),
  );
}

function inEastAsian(day: string): string[] {
  const [year = "", month = "", date = ""] = day.split("-");
  return withoutNoughts(date).flatMap((itsDate) =>
    withoutNoughts(month).flatMap((itsMonth) => [
      `${year}年${itsMonth}月${itsDate}日`,
      `${year}년 ${itsMonth}월 ${itsDate}일`,
    ]),
  );
}

/** As it is, and without a nought before it. */
function withoutNoughts(number: string): string[] {
  return [...new Set([number, String(Number(number))])];
}
