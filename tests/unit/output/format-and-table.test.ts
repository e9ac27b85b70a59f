import { describe, expect, test } from "bun:test";
import { cutTo, renderTable } from "../../../src/cli/output/table.ts";
import { describeTerminal } from "../../../src/cli/output/terminal.ts";
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatNumberOf,
} from "../../../src/system/format.ts";

describe("numbers", () => {
  test.each([
    [0, "0"],
    [999, "999"],
    [7425, "7,425"],
    [1234567, "1,234,567"],
  ])("%d is %s", (count, text) => expect(formatCount(count)).toBe(text));

  test("take a plural", () => {
    expect(formatNumberOf(1, "chunk")).toBe("1 chunk");
    expect(formatNumberOf(0, "chunk")).toBe("0 chunks");
    expect(formatNumberOf(2, "index", "indices")).toBe("2 indices");
  });

  test.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [1023, "1,023 bytes"],
    [1024, "1 KiB"],
    [1536, "1.5 KiB"],
    [1024 ** 2 - 1, "1 MiB"],
    [512 * 1024 ** 2, "512 MiB"],
    [5 * 1024 ** 5, "5120 TiB"],
  ])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [0.42, "0.4 ms"],
    [85.4, "85 ms"],
    [999.6, "1.0 s"],
    [1_340, "1.3 s"],
    [42_000, "42 s"],
    [59_900, "1 min"],
    [125_000, "2 min 5 s"],
    [3 * 3_600_000 + 600_000, "3 h 10 min"],
    [72 * 3_600_000, "3 days"],
  ])("%d ms are %s", (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));

  test.each([
    [10_000, "just now"],
    [60_000, "1 minute ago"],
    [3_600_000, "1 hour ago"],
    [3 * 86_400_000, "3 days ago"],
    [365 * 86_400_000, "on 2024-01-02"],
    [-3_600_000, "at 2025-01-01T01:00:00.000Z, which is in the future"],
  ])("%d ms before now is %s", (age, text) => {
    const now = new Date("2025-01-01T00:00:00Z");
    expect(formatAgo(new Date(now.getTime() - age), now)).toBe(text);
  });

  test("a time that is none is said to be unknown", () => {
    expect(formatAgo(new Date("x"), new Date())).toBe("at an unknown time");
  });
});

describe("tables", () => {
  test("line up by display width", () => {
    const lines = renderTable(
      [{}, { align: "right" }, {}],
      [
        ["漢字", "1", "a"],
        ["ab", "1,234", "b"],
        ["é", "5", ""],
      ],
      80,
    );
    expect(lines).toEqual(["漢字      1  a", "ab    1,234  b", "é         5"]);
  });

  test("fit the width by cutting what may be cut, and only that", () => {
    const rows = [["docs/guides/very-long-name.md", "x".repeat(50), "12"]];
    for (const width of [40, 30, 24]) {
      const [line] = renderTable([{ cut: "start" }, { cut: "end" }, {}], rows, width);
      expect(Bun.stringWidth(line ?? "")).toBe(width);
      expect(line).toMatch(/^….*\.md {2}x+… {2}12$/);
    }
    expect(renderTable([{}, {}], [["a".repeat(50), "b"]], 20)).toEqual([`${"a".repeat(50)}  b`]);
  });

  test("let no cell steer the terminal", () => {
    expect(renderTable([{}, {}], [["a\x1b[31m\x9b2J", "b\u202e"]], 80)).toEqual([
      "a\\x1b[31m\\x9b2J  b\\u202e",
    ]);
  });

  test("style a cell without its padding", () => {
    const lines = renderTable(
      [{ style: (text) => `<${text}>` }, {}],
      [
        ["a", "x"],
        ["bbb", "y"],
      ],
      80,
    );
    expect(lines).toEqual(["<a>    x", "<bbb>  y"]);
  });

  test.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 4, "abc…"],
    ["漢字漢字", 5, "漢字…"],
    ["abc", 0, ""],
  ])("%s cut to %d is %s", (text, width, cut) => expect(cutTo(text, width)).toBe(cut));

  test("a path is cut at its start", () => expect(cutTo("docs/a/b.md", 6, "start")).toBe("…/b.md"));
});

describe("the terminal", () => {
  const screen = { isTTY: true, columns: 132 };

  test("gives width and colour", () => {
    expect(describeTerminal(screen, { color: true, env: {} })).toEqual({
      width: 132,
      color: true,
      attached: true,
    });
    expect(describeTerminal({ isTTY: true, columns: 0 }, { color: true, env: {} }).width).toBe(80);
    expect(describeTerminal({ isTTY: true, columns: 3 }, { color: true, env: {} }).width).toBe(20);
  });

  test("is absent from a pipe", () => {
    expect(describeTerminal({}, { color: true, env: {} })).toEqual({
      width: 100,
      color: false,
      attached: false,
    });
  });

  test("has no colour when that was asked for, in any of the ways", () => {
    expect(describeTerminal(screen, { color: false, env: {} }).color).toBe(false);
    expect(describeTerminal(screen, { color: true, env: { NO_COLOR: "1" } }).color).toBe(false);
    expect(describeTerminal(screen, { color: true, env: { NO_COLOR: "" } }).color).toBe(true);
    expect(describeTerminal(screen, { color: true, env: { TERM: "dumb" } }).color).toBe(false);
    expect(describeTerminal({}, { color: true, env: { FORCE_COLOR: "1" } }).color).toBe(true);
    expect(describeTerminal({}, { color: false, env: { FORCE_COLOR: "1" } }).color).toBe(false);
  });
});
