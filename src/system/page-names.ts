/**
 * Names of pages that the names of their files write in another way: those of Logseq, `/` as `___`, and days, and those
 * of the wikis of GitHub and Azure, hyphens for blanks.
 */

/** Characters that not every system has in names of files, as percent codes: / \ : < > ? " # * | */
const CODE = /%(?:2F|5C|3[ACEF]|2[23A]|7C)/gi;
const RESERVED = /[/\\:<>?"#*|]/g;
/** Not where more of them are a line. */
const SLASH = /(?<=[^_])___(?=[^_])/g;

/** What the page is called whose file has a name, without its extension. */
export function pageNameOf(fileName: string): string {
  return fileName.replace(SLASH, "/").replace(CODE, decodeURIComponent);
}

/** The other names that the file of a page may have, the likeliest first; that of today, then an earlier one. */
export function otherNamesOf(page: string): string[] {
  const coded = (text: string): string => text.replace(RESERVED, codeOf);
  const names = [
    coded(page.replaceAll("/", "___")),
    coded(page),
    page.replace(SLASH, "/"),
    page.replaceAll(" ", "-"),
    page.replaceAll(" ", "_"),
  ];
  return [...new Set(names)].filter((name) => name !== page);
}

function codeOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/** In German as well. */
const OTHERS: Readonly<Record<string, string>> = { mär: "mar", mai: "may", okt: "oct", dez: "dec" };
const MONTH =
  "(jan(?:uary?)?|feb(?:ruary?)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|jun[ei]?|jul[yi]?|aug(?:ust)?|" +
  "sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)\\.?";
const WEEKDAY = "(?:(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\\.?,? +)?";
const DATE = "(\\d{1,2})(?:st|nd|rd|th|\\.)?";
const DIGITS = /^(\d{4})([-_/.])(\d\d)\2(\d\d)$/;
const LAST_YEAR = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/;
const MONTH_FIRST = new RegExp(`^${WEEKDAY}${MONTH} +${DATE},? +(\\d{4})$`, "i");
const DATE_FIRST = new RegExp(`^${WEEKDAY}${DATE} +${MONTH},? +(\\d{4})$`, "i");
const LONGEST_DAY = 40;

/** The day, as YYYY-MM-DD, that a name is: `2026_11_16`, `16.11.2026`, `Nov 16th, 2026`, `Mon, 16 November 2026`. */
export function dayOf(name: string): string | undefined {
  if (name.length > LONGEST_DAY) return undefined;
  const digits = DIGITS.exec(name);
  if (digits !== null) return dayFrom(digits[1], Number(digits[3]), digits[4]);
  const dotted = LAST_YEAR.exec(name);
  if (dotted !== null) return dayFrom(dotted[3], Number(dotted[2]), dotted[1]);
  const [, month, date, year] = MONTH_FIRST.exec(name) ?? [];
  if (month !== undefined) return dayFrom(year, monthOf(month), date);
  const [, first, second, last] = DATE_FIRST.exec(name) ?? [];
  return second === undefined ? undefined : dayFrom(last, monthOf(second), first);
}

function monthOf(name: string): number {
  const short = name.slice(0, 3).toLowerCase();
  return MONTHS.indexOf(OTHERS[short] ?? short) + 1;
}

/** Undefined for the 31st of a month that has none. */
function dayFrom(year = "", month: number, date = ""): string | undefined {
  const day = `${year}-${String(month).padStart(2, "0")}-${date.padStart(2, "0")}`;
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(time) || !new Date(time).toISOString().startsWith(day) ? undefined : day;
}

const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/;
const SLASHED = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/;

/**
 * The date, in ISO 8601, that a text says, such as a field of front matter. Undefined where it may be either of two:
 * `05/06/2026` is a day of May to some and of June to others.
 */
export function statedDate(text: string): string | undefined {
  const written = text.trim().replace(/^\[\[|\]\]$/g, "");
  if (/^\d{4}-\d\d(?!-\d(?!\d))/.test(written)) return written;
  const date = written.replace(/(?:,? +|T)\d{1,2}:\d\d.*$/, "");
  const [, year, , month = "", day = ""] = YEAR_FIRST.exec(date) ?? [];
  if (year !== undefined) return dayOf([year, month.padStart(2, "0"), day.padStart(2, "0")].join("-"));
  const [, one, other, last] = SLASHED.exec(date) ?? [];
  if (last === undefined) return dayOf(date);
  if (Number(one) > 12 || one === other) return dayFrom(last, Number(other), one);
  return Number(other) > 12 ? dayFrom(last, Number(one), other) : undefined;
}
