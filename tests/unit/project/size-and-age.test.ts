import { describe, expect, test } from "bun:test";
import { jsonErrorPosition } from "../../../src/project/settings-file.ts";
import { parseAge, parseSize } from "../../../src/project/units.ts";

describe("parseSize", () => {
  test.each([
    [0, 0],
    [1048576, 1048576],
    ["1024", 1024],
    ["12 B", 12],
    ["512MiB", 512 * 1024 ** 2],
    ["512 mb", 512 * 1000 ** 2],
    ["1.5GiB", 1.5 * 1024 ** 3],
    ["2kB", 2000],
    ["1TiB", 1024 ** 4],
  ])("%p is %p bytes", (value, bytes) => expect(parseSize(value)).toBe(bytes));

  test.each([
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "",
    "MiB",
    "12M",
    "12 GiBs",
    "1e3",
    "-5MB",
    null,
    true,
    "99999999TiB",
  ])("%p is refused", (value) => expect(parseSize(value)).toBeUndefined());
});

describe("parseAge", () => {
  test.each([
    ["90d", 90 * 86_400_000],
    ["12 h", 12 * 3_600_000],
    ["30min", 1_800_000],
    ["2W", 14 * 86_400_000],
    ["1y", 365 * 86_400_000],
    ["0.5d", 43_200_000],
  ])("%p is %p milliseconds", (value, milliseconds) => expect(parseAge(value)).toBe(milliseconds));

  test.each(["90", 90, "", "d", "3m", "-1d", "1d2h", "101y", "1e9d", null])("%p is refused", (value) =>
    expect(parseAge(value)).toBeUndefined(),
  );
});

describe("jsonErrorPosition", () => {
  const valid = [
    "{}",
    "[]",
    " 1.5e-3 ",
    '"\\u00e9"',
    '{"a": [1, {"b": null}], "c": true}',
    "[".repeat(50) + "]".repeat(50),
  ];
  const invalid = [
    "",
    "{",
    "[1,]",
    '{"a":1,}',
    '{"a" 1}',
    "{a: 1}",
    "01",
    "[1 2]",
    "nul",
    '"\\x"',
    "{}{}",
    "[}",
    '{"a":}',
    '{"a"}',
    "]",
    "'a'",
    "1,",
  ];

  test.each(valid)("%j is JSON", async (text) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(await jsonErrorPosition(text)).toBeUndefined();
  });

  test.each(invalid)("%j is not", async (text) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(await jsonErrorPosition(text)).toBeDefined();
  });

  test("depth is no problem", async () => {
    expect(await jsonErrorPosition(`[1 2${"[".repeat(200_000)}`)).toEqual({ line: 1, column: 4 });
    expect(await jsonErrorPosition("[".repeat(200_000))).toBeUndefined();
  });
});
