import { expect, test } from "bun:test";
import { InvalidArgumentError } from "commander";
import { isoDate } from "../../../src/cli/arguments.ts";

test("a date is a year, a month or a day of the calendar", () => {
  for (const date of ["2024", "2024-03", "2024-02-29", "2024-03-05T10:00:00Z"])
    expect(isoDate(date)).toBe(date);
  for (const none of ["2024-13", "2024-06-31", "2023-02-29", "yesterday", "24-03-05", ""])
    expect(() => isoDate(none)).toThrow(InvalidArgumentError);
});
