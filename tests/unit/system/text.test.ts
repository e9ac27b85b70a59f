import { describe, expect, test } from "bun:test";
import { cutAt, MAX_RESULT_CHARACTERS } from "../../../src/mcp/paging.ts";
import { wellFormed } from "../../../src/mcp/well-formed.ts";
import { shortened, startOf } from "../../../src/system/text.ts";

const PARTY = "\u{1F389}";

describe("cut text", () => {
  test("never halves a character, wherever the cut falls", () => {
    const text = `x${PARTY.repeat(10)}`;
    for (let length = 1; length < text.length; length++) {
      expect(startOf(text, length).isWellFormed()).toBe(true);
      expect(shortened(text, length).isWellFormed()).toBe(true);
      expect(shortened(text, length).length).toBeLessThanOrEqual(length);
    }
    expect(startOf(text, text.length)).toBe(text);
    expect(startOf("plain", 3)).toBe("pla");
  });

  test("nor does a part of a long line, and no part is empty", () => {
    for (const first of ["", "x"]) {
      const text = first + PARTY.repeat(MAX_RESULT_CHARACTERS);
      for (let from = 0; from < text.length; ) {
        const end = cutAt(text, from);
        expect(end).toBeGreaterThan(from);
        expect(text.slice(from, end).isWellFormed()).toBe(true);
        from = end;
      }
    }
  });

  test("half a character that came from elsewhere is replaced, in keys and values, and letters that say so are not", () => {
    const half = PARTY.slice(0, 1);
    expect(wellFormed({ a: [`x${half}`], [half]: 1 })).toEqual({ a: ["x\uFFFD"], "\uFFFD": 1 });
    const sound = { text: `${PARTY} \\ud83c`, list: [1, null, true] };
    expect(wellFormed(sound)).toEqual(sound);
  });
});
