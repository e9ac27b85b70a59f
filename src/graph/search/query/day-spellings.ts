/**
 * The ways in which texts write a day, by which the full-text index finds it where its digits are not kept beside the
 * text (numbers.ts).
 */
import { fold } from "../language/index.ts";
import { asPhrase } from "./sought.ts";

/**
 * The months of each language as they stand beside a day, in the genitive where it has one; Latin letters without
 * accents, as the index has them.
 */
const ENGLISH = [
  "january february march april may june july august september october november december",
  "jan feb mar apr may jun jul aug sept oct nov dec",
];
/** Spanish and Portuguese, which have `de` before the month. */
const WITH_DE = [
  "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
  "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre",
  "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
];
const OTHERS = [
  // Of any of them.
  "jan feb mar apr may jun jul aug sep okt nov dez",
  // German, also of Austria, and French.
  "januar februar marz april mai juni juli august september oktober november dezember",
  "janner feber marz april mai juni juli august september oktober november dezember",
  "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
  "janv fevr mars avr mai juin juil aout sept oct nov dec",
  // Italian and Romanian.
  "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
  "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
  // Dutch, Danish, Norwegian and Swedish.
  "januari februari maart april mei juni juli augustus september oktober november december",
  "januar februar marts april maj juni juli august september oktober november december",
  "januar februar mars april mai juni juli august september oktober november desember",
  "januari februari mars april maj juni juli augusti september oktober november december",
  // Polish and Czech.
  "stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia",
  "ledna unora brezna dubna kvetna cervna cervence srpna zari rijna listopadu prosince",
  // Russian, Ukrainian, Bulgarian and Serbian.
  "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
  "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
  "януари февруари март април май юни юли август септември октомври ноември декември",
  "јануар фебруар март април мај јун јул август септембар октобар новембар децембар",
  // Hungarian, Finnish, Lithuanian, Turkish and Indonesian.
  "januar februar marcius aprilis majus junius julius augusztus szeptember oktober november december",
  "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesakuuta heinakuuta elokuuta syyskuuta lokakuuta " +
    "marraskuuta joulukuuta",
  "sausio vasario kovo balandzio geguzes birzelio liepos rugpjucio rugsejo spalio lapkricio gruodzio",
  "ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik",
  "ocak subat mart nisan mayıs haziran temmuz agustos eylul ekim kasım aralık",
  "januari februari maret april mei juni juli agustus september oktober november desember",
  // Greek and Arabic, as they are and as people type them.
  "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου",
  "ιανουαριου φεβρουαριου μαρτιου απριλιου μαιου ιουνιου ιουλιου αυγουστου σεπτεμβριου οκτωβριου νοεμβριου δεκεμβριου",
  "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
  "يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر",
];

/** From January on, each by all of its names. */
const MONTHS = monthsOf([...ENGLISH, ...WITH_DE, ...OTHERS]);
/** English ones, which may stand before the date. */
const ENGLISH_MONTHS = monthsOf([...ENGLISH, "jan feb mar apr may jun jul aug sep oct nov dec"]);
const MONTHS_WITH_DE = monthsOf(WITH_DE);

function monthsOf(lists: readonly string[]): readonly ReadonlySet<string>[] {
  const languages = lists.map((list) => list.split(" "));
  return Array.from({ length: 12 }, (_, month) => new Set(languages.map((names) => names[month] ?? "")));
}

/** The number of a month by its name, from 1 on; 0 for what is none. */
export function monthCalled(name: string): number {
  const folded = fold(name);
  const bare = folded.normalize("NFD").replace(/\p{Mn}/gu, "");
  return MONTHS.findIndex((names) => names.has(folded) || names.has(bare)) + 1;
}

/** Whether an English name of a month. */
export function isEnglishMonth(name: string): boolean {
  return ENGLISH_MONTHS.some((names) => names.has(fold(name)));
}

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
    ...inWords.flatMap(([date, year]) => [
      `${date} ${year}`,
      ...(WITH_PREPOSITION.test(date) ? [`${date} de ${year}`, `${date} del ${year}`] : []),
    ]),
    ...days.flatMap(yearFirst),
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
  const isSure = Number(date) > 12 || date === month;
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
  const [names, english, withDe] = [MONTHS, ENGLISH_MONTHS, MONTHS_WITH_DE].map((of) => [
    ...(of[Number(month) - 1] ?? []),
  ]);
  return dates.flatMap((each) => [
    ...(names ?? []).map((name) => `${each} ${name}`),
    ...(english ?? []).map((name) => `${name} ${each}`),
    ...(withDe ?? []).map((name) => `${each} de ${name}`),
  ]);
}

const WITH_PREPOSITION = / de /;

/** As Hungarian has it, `2026. július 22.`, and with the `m.` of Lithuanian. */
function yearFirst(day: string): string[] {
  const [year = "", month = "", date = ""] = day.split("-");
  const names = [...(MONTHS[Number(month) - 1] ?? [])];
  return withoutNoughts(date).flatMap((each) =>
    names.flatMap((name) => [`${year} ${name} ${each}`, `${year} m ${name} ${each}`]),
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
