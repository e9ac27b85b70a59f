/**
 * From the bytes of a file to the text everything else works on.
 *
 * The text has no byte order mark, ends its lines with LF only and contains no NUL. Bytes that are no text in
 * the encoding they claim are an error: guessing would put wrong characters into the graph without a word.
 */
import { AmalfaError } from "../../system/index.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Decodes UTF-8, or UTF-16 of either byte order when a byte order mark says so.
 *
 * @throws AmalfaError `document.encoding`; the message completes a sentence that begins with the file's name.
 */
export function decodeMarkdown(bytes: Uint8Array): string {
  return normalise(bytesToText(bytes));
}

function bytesToText(bytes: Uint8Array): string {
  // The mark of UTF-32 begins with that of UTF-16.
  if (bytes[0] === 0xff && bytes[1] === 0xfe && bytes[2] === 0 && bytes[3] === 0) {
    throw encodingError("is UTF-32");
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decodeUtf16(bytes, "utf-16le");
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decodeUtf16(bytes, "utf-16be");
  const nuls = nulsOf(bytes);
  if (nuls === "UTF-16") throw encodingError("is not UTF-8: it looks like UTF-16 without a byte order mark");
  if (nuls === "many") throw encodingError("is no text: it is full of NUL bytes");
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    const offset = firstInvalidByte(bytes);
    const byte = (bytes[offset] ?? 0).toString(16).padStart(2, "0");
    throw encodingError(`is not UTF-8: byte 0x${byte} at offset ${offset}`, cause);
  }
}

/** Looked at: what a file is shows in its beginning. */
const LOOKED_AT_BYTES = 65_536;
const FEW_NULS = 64;
/** Of a note of one line in UTF-16 more of the bytes are. */
const SOME_NULS = 8;

/**
 * A file with holes, a disk image, UTF-16 without its mark: all valid UTF-8, which took minutes to be taken apart as
 * one word of a million letters.
 */
function nulsOf(bytes: Uint8Array): "few" | "many" | "UTF-16" {
  const beginning = bytes.subarray(0, LOOKED_AT_BYTES);
  const at: [number, number] = [0, 0];
  for (let place = beginning.indexOf(0); place >= 0; place = beginning.indexOf(0, place + 1))
    at[place & 1 ? 1 : 0]++;
  const [even, odd] = at;
  const all = even + odd;
  const isFew = all <= FEW_NULS && all <= Math.max(SOME_NULS, beginning.length / 4);
  if (isFew || all <= beginning.length / 10) return "few";
  // Of Western text every other byte is one, and hardly any of the rest.
  const most = Math.max(even, odd);
  return most > beginning.length / 4 && most > 20 * Math.min(even, odd) ? "UTF-16" : "many";
}

function decodeUtf16(bytes: Uint8Array, encoding: "utf-16le" | "utf-16be"): string {
  if (bytes.length % 2 === 1) throw encodingError("is not UTF-16: it has an odd number of bytes");
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw encodingError("is not UTF-16: it has half a surrogate pair", cause);
  }
}

function encodingError(message: string, cause?: unknown): AmalfaError {
  return new AmalfaError("document.encoding", message, { cause });
}

// CommonMark 2.3 asks for U+FFFD in place of NUL, which SQLite and terminals would treat as an end.
function normalise(text: string): string {
  let result = text;
  if (result.includes("\r")) result = result.replace(/\r\n?/g, "\n");
  if (result.includes("\0")) result = result.replaceAll("\0", "\ufffd");
  return result;
}

/** Offset of the first byte that does not belong to a well-formed sequence (Unicode 15, table 3-7). */
function firstInvalidByte(bytes: Uint8Array): number {
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceLength(bytes, offset);
    if (length === 0) return offset;
    offset += length;
  }
  return offset;
}

function sequenceLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset]!;
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead <= 0xdf
      ? 2
      : lead >= 0xe0 && lead <= 0xef
        ? 3
        : lead >= 0xf0 && lead <= 0xf4
          ? 4
          : 0;
  // The second byte is what excludes overlong forms, surrogates and code points beyond U+10FFFF.
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let i = 1; i < length; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) return 0;
    if (i === 1 ? byte < low || byte > high : byte < 0x80 || byte > 0xbf) return 0;
  }
  return length;
}
