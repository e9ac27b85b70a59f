/** Days as people name them from today. */

const RELATIVE = /^(?:today|yesterday|(\d{1,4})(d|w|mo|y))$/i;

/** What `calendarDay` makes a day of, for a schema; a year, a month or a day stays what it is. */
export const DATE_PATTERN = /^(?:\d{4}(?:-\d\d(?:-\d\d)?)?|today|yesterday|\d{1,4}(?:d|w|mo|y))$/;

export function isRelativeDate(text: string): boolean {
  return RELATIVE.test(text);
}

/**
 * The day that `today`, `yesterday`, `7d`, `2w`, `3mo` or `1y` mean, as YYYY-MM-DD by the clock of this machine. Any
 * other text as it is.
 */
export function calendarDay(text: string, now: Date = new Date()): string {
  const match = RELATIVE.exec(text);
  if (match === null) return text;
  const [, count, unit = "d"] = match;
  const number = count === undefined ? (text.toLowerCase() === "today" ? 0 : 1) : Number(count);
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const months = { mo: number, y: 12 * number }[unit.toLowerCase()];
  if (months === undefined) day.setDate(day.getDate() - number * (unit.toLowerCase() === "w" ? 7 : 1));
  else goBack(day, months);
  const [year, month, date] = [day.getFullYear(), day.getMonth() + 1, day.getDate()];
  return [String(year).padStart(4, "0"), ...[month, date].map((part) => String(part).padStart(2, "0"))].join(
    "-",
  );
}

/** The last millisecond of the year 9999: what ISO 8601 writes of a later one comes before all others. */
const LAST_TIME = 253_402_300_799_999;

/**
 * A time in milliseconds as ISO 8601. Undefined where it is none that anybody could compare with a day: before 1970,
 * after the year 9999, or no time at all, as a damaged row may have it.
 */
export function isoTime(ms: number): string | undefined {
  return ms >= 0 && ms <= LAST_TIME ? new Date(ms).toISOString() : undefined;
}

/** A month before the 31st of May is the 30th of April, which JavaScript takes for the first of May. */
function goBack(day: Date, months: number): void {
  const date = day.getDate();
  day.setDate(1);
  day.setMonth(day.getMonth() - months);
  const last = new Date(day.getFullYear(), day.getMonth() + 1, 0).getDate();
  day.setDate(Math.min(date, last));
}
