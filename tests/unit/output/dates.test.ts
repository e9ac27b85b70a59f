import { expect, test } from "bun:test";
import { InvalidArgumentError } from "commander";
import { field, isoDate } from "../../../src/cli/arguments.ts";
import { DATE_PATTERN } from "../../../src/system/dates.ts";
import { calendarDay, isoTime } from "../../../src/system/index.ts";

test("a date is a year, a month or a day of the calendar", () => {
  for (const date of ["2024", "2024-03", "2024-02-29", "2024-03-05T10:00:00Z"])
    expect(isoDate(date)).toBe(date);
  for (const none of ["2024-13", "2024-06-31", "2023-02-29", "tomorrow", "3m", "d", "24-03-05", ""])
    expect(() => isoDate(none)).toThrow(InvalidArgumentError);
});

test("a day may be counted from today, by the clock of this machine", () => {
  const now = new Date(2024, 4, 31, 23, 30);
  const days = {
    today: "2024-05-31",
    yesterday: "2024-05-30",
    "0d": "2024-05-31",
    "7d": "2024-05-24",
    "2w": "2024-05-17",
    "1mo": "2024-04-30",
    "3mo": "2024-02-29",
    "1y": "2023-05-31",
    "15mo": "2023-02-28",
  };
  for (const [written, day] of Object.entries(days)) {
    expect(isoDate(written)).toBe(written);
    expect(written).toMatch(DATE_PATTERN);
    expect(calendarDay(written, now)).toBe(day);
  }
  for (const date of ["2024", "2024-03", "2024-03-05", "3m"]) expect(calendarDay(date, now)).toBe(date);
});

test("a field is compared for the same value only, and every other comparison is refused by its name", () => {
  for (const sign of [">=", "<=", "!=", "==", "<", ">"])
    for (const text of [`rating${sign}4`, `rating ${sign} 4`, `rating${sign}a=b`])
      expect(() => field(text)).toThrow(`There is no ${sign}.`);
  expect(field("node=>=18", { status: "open" })).toEqual({ status: "open", node: ">=18" });
  expect(field("html=<b>!</b>")).toEqual({ html: "<b>!</b>" });
});

test("a time that nobody could compare with a day is none, and no error", () => {
  expect(isoTime(Date.UTC(2024, 4, 1, 12))).toBe("2024-05-01T12:00:00.000Z");
  expect(isoTime(0)).toBe("1970-01-01T00:00:00.000Z");
  // Of a file on a file system that keeps such times, of a damaged row, and of the year 10000.
  const none = [9e15, Number.POSITIVE_INFINITY, Number.NaN, -1, Date.UTC(10_000, 0)];
  expect(none.map(isoTime)).toEqual(none.map(() => undefined));
});
