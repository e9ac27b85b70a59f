import { describe, expect, test } from "bun:test";
import { decodeMarkdown } from "../../../src/ingest/markdown/decode.ts";
import { AmalfaError } from "../../../src/system/errors.ts";

const UTF16_WITHOUT_MARK = "it looks like UTF-16 without a byte order mark";

function failure(bytes: readonly number[]): AmalfaError {
  try {
    decodeMarkdown(Uint8Array.from(bytes));
  } catch (error) {
    if (error instanceof AmalfaError) return error;
    throw error;
  }
  throw new Error("decoded without an error");
}

function utf16(text: string, order: "little" | "big"): Uint8Array {
  const buffer = Buffer.from(`\ufeff${text}`, "utf16le");
  return order === "little" ? buffer : buffer.swap16();
}

describe("decodeMarkdown", () => {
  test("reads UTF-8 with and without a byte order mark", () => {
    const text = "# Grüße 😀\n";
    expect(decodeMarkdown(new TextEncoder().encode(text))).toBe(text);
    expect(decodeMarkdown(new TextEncoder().encode(`\ufeff${text}`))).toBe(text);
  });

  test("reads UTF-16 of either byte order when a byte order mark says so", () => {
    const text = "# Grüße 😀\n";
    expect(decodeMarkdown(utf16(text, "little"))).toBe(text);
    expect(decodeMarkdown(utf16(text, "big"))).toBe(text);
  });

  test("ends lines with LF", () => {
    expect(decodeMarkdown(new TextEncoder().encode("a\r\nb\rc\n\r\nd"))).toBe("a\nb\nc\n\nd");
  });

  test("puts U+FFFD in place of NUL", () => {
    expect(decodeMarkdown(new TextEncoder().encode("a\0b"))).toBe("a\ufffdb");
  });

  test("an empty file is an empty text", () => {
    expect(decodeMarkdown(new Uint8Array())).toBe("");
  });

  test("does not change the bytes it is given", () => {
    const bytes = utf16("text", "big");
    const before = bytes.slice();
    decodeMarkdown(bytes);
    expect(bytes).toEqual(before);
  });

  test.each([
    [[0xff, 0xfe, 0, 0, 0x61, 0, 0, 0], "is UTF-32"],
    [[0, 0, 0xfe, 0xff, 0, 0, 0, 0x61], "is not UTF-8: byte 0xfe at offset 2"],
    [[0x61, 0xe9, 0x62], "is not UTF-8: byte 0xe9 at offset 1"],
    [[0xc0, 0xaf], "is not UTF-8: byte 0xc0 at offset 0"],
    [[0xc3, 0xa9, 0xed, 0xa0, 0x80], "is not UTF-8: byte 0xed at offset 2"],
    [[0xf0, 0x9f, 0x98, 0x80, 0xf4, 0x90, 0x80, 0x80], "is not UTF-8: byte 0xf4 at offset 4"],
    [[0x61, 0xe2, 0x82], "is not UTF-8: byte 0xe2 at offset 1"],
    [
      [..."# A title\n"].flatMap((letter) => [letter.charCodeAt(0), 0]),
      `is not UTF-8: ${UTF16_WITHOUT_MARK}`,
    ],
    [
      [..."# A title\n"].flatMap((letter) => [0, letter.charCodeAt(0)]),
      `is not UTF-8: ${UTF16_WITHOUT_MARK}`,
    ],
    [Array(300).fill(0), "is no text: it is full of NUL bytes"],
  ])("names the first byte that is wrong: %p", (bytes, message) => {
    const error = failure(bytes);
    expect(error.message).toBe(message);
    expect(error.code).toBe("document.encoding");
    expect(error.hint).toContain("UTF-8");
  });

  test("a file that is wrong does not spoil the next", () => {
    failure([0xf0, 0x9f]);
    expect(decodeMarkdown(new TextEncoder().encode("text"))).toBe("text");
  });

  test("rejects UTF-16 that is cut off or has half a pair", () => {
    expect(failure([0xff, 0xfe, 0x61]).message).toBe("is not UTF-16: it has an odd number of bytes");
    expect(failure([0xff, 0xfe, 0x00, 0xd8, 0x61, 0x00]).message).toContain("surrogate");
  });
});
