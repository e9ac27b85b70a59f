/** The day that the name of a file says, whatever else it says. */
import { dayOf, pageNameOf } from "../../system/index.ts";

/** Day, month and year, which are no version: `24.12.2025 plan.md`. */
const DAY_FIRST = /(?<![\p{L}\d.])(\d{1,2}\.\d{1,2}\.[12]\d{3})(?!\.?\d)[^/]*$/u;

/** Of a daily note: `2024-03-05.md`, `20240305-plan.md`, `2024/03/05.md`, `24.12.2025.md`, `Dec 24, 2025.md`. */
export function dateInName(id: string): string | undefined {
  const [, year, month, day] =
    /(?<!\d)(\d{4})[-_.](\d\d)[-_.](\d\d)(?!\d)[^/]*$/.exec(id) ??
    /\/(\d{4})\/(\d\d)\/(\d\d)(?!\d)[^/]*$/.exec(`/${id}`) ??
    /\/((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)[^/]*$/.exec(`/${id}`) ??
    [];
  const date = `${year}-${month}-${day}`;
  if (isDayOfCalendar(date)) return date;
  const [, dotted] = DAY_FIRST.exec(id) ?? [];
  return dayOf(dotted ?? pageNameOf(id.slice(id.lastIndexOf("/") + 1).replace(/\.[^.]+$/, "")));
}

function isDayOfCalendar(date: string): boolean {
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}
