import { isSpace } from "../markdown/index.ts";

/** Where in `text[start, end)` the sentence ends that begins at `start`, the blanks after it included. */
export function sentenceEnd(text: string, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (!isTerminator(code)) continue;
    while (i + 1 < end && (isTerminator(text.charCodeAt(i + 1)) || isCloser(text.charCodeAt(i + 1)))) i++;
    let to = i + 1;
    while (to < end && isSpace(text.charCodeAt(to))) to++;
    // A full stop within a word ends nothing; the full stops of Chinese and Japanese need no space after them.
    if (to > i + 1 || code > 0x3000) return to;
  }
  return end;
}

function isTerminator(code: number): boolean {
  // . ! ? … 。 ！ ？
  return (
    code === 46 ||
    code === 33 ||
    code === 63 ||
    code === 0x2026 ||
    code === 0x3002 ||
    code === 0xff01 ||
    code === 0xff1f
  );
}

function isCloser(code: number): boolean {
  // " ' ) ] * _ ” ’ 」 』
  return (
    code === 34 ||
    code === 39 ||
    code === 41 ||
    code === 93 ||
    code === 42 ||
    code === 95 ||
    code === 0x201d ||
    code === 0x2019 ||
    code === 0x300d ||
    code === 0x300f
  );
}
