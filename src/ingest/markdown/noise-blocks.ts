/** Noise that says where it begins and what it is: keys, drawings, data addresses. */

/** A run to leave out, `[from, to)`, and what takes its place. */
export interface Noise {
  readonly from: number;
  readonly to: number;
  readonly note: string;
}

/** Shorter runs may be names, hashes or addresses that somebody looks for. */
export const SHORTEST = 200;

export function leftOut(what: string, characters: number): string {
  return `…(${characters.toLocaleString("en-US")} characters of ${what} left out)`;
}

const BEGIN = /-----BEGIN ([A-Z\d ]{1,60})-----/g;

/** The body of a key, a certificate or a signature, between the lines that name it. */
export function* keyBlocks(text: string): Generator<Noise> {
  const unended = new Set<string>();
  for (const match of text.matchAll(BEGIN)) {
    const from = match.index + match[0].length;
    const end = `-----END ${match[1]}-----`;
    const to = unended.has(end) ? -1 : text.indexOf(end, from);
    if (to < 0) unended.add(end);
    else if (to - from >= SHORTEST / 2) yield { from, to, note: ` ${leftOut("a key block", to - from)} ` };
  }
}

const FENCE = /^[ \t>]{0,20}(`{3,}|~{3,})[ \t]*(compressed-json|json|excalidraw)?[^\n]*\n/gm;
/** What an Excalidraw drawing begins with where it is not compressed. */
const DRAWING = /^[\s>]*\{[\s>]*"type":\s*"excalidraw/;

/** Drawings of Excalidraw; the words in them stand in the same document as text. */
export function* compressedDrawings(text: string): Generator<Noise> {
  if (!text.includes("compressed-json") && !text.includes("excalidraw")) return;
  for (const match of text.matchAll(FENCE)) {
    const from = match.index + match[0].length;
    const isDrawing = match[2] === "compressed-json" || DRAWING.test(text.slice(from, from + 200));
    if (!isDrawing) continue;
    const close = text.indexOf(`\n${match[1]}`, from - 1);
    const to = close < 0 ? text.length : close;
    if (to - from >= SHORTEST) yield { from, to, note: leftOut("a drawing", to - from) };
  }
}

const ADDRESS = /data:[\w.+-]{0,60}(?:\/[\w.+-]{1,100})?(?:;[\w.+-]{1,60}(?:=[^;,\s"'()<>]{0,60})?){0,5},/iy;

/** `data:` addresses of images, fonts and the like, in links, HTML and style sheets. */
export function* dataAddresses(text: string): Generator<Noise> {
  const lower = /data:/gi;
  const drawingEnd = drawingEnds(text);
  for (let match = lower.exec(text); match !== null; match = lower.exec(text)) {
    ADDRESS.lastIndex = match.index;
    const head = ADDRESS.exec(text)?.[0];
    if (head === undefined) continue;
    const from = match.index + head.length;
    const to = endOfAddress(text, match.index, from, drawingEnd);
    if (to - from >= SHORTEST) yield { from, to, note: `…${to - from}-characters-left-out` };
    lower.lastIndex = Math.max(to, from);
  }
}

/** A line of `hexdump -C`, `xxd` or `od`: where it stands, and bytes or words of two. */
const DUMPED = String.raw`[ \t>]{0,20}[\da-f]{6,10}:?(?:[ \t]{1,3}[\da-f]{2,8}){4,16}(?:[ \t]{1,3}[^\n]{1,24})?`;
const DUMP = new RegExp(`^(${DUMPED})\\n(?:${DUMPED}(?:\\n|$)){15,}`, "gim");
/** What `uuencode` makes. */
const UUENCODED = /^begin [0-7]{3,4} [^\n]{1,200}\n((?:[!-`]{1,61}\n){4,}?)(?:[` ]?\n)?end$/gm;

/** Bytes as hexadecimal, of which the first line stays, and files that were encoded to be sent as text. */
export function* dumps(text: string): Generator<Noise> {
  if (text.includes("00000010") || text.includes("0000020")) {
    for (const match of text.matchAll(DUMP)) {
      const from = match.index + match[1]!.length;
      const to = match.index + match[0].replace(/\n$/, "").length;
      yield { from, to, note: ` ${leftOut("a dump of bytes", to - from)}` };
    }
  }
  if (!text.includes("begin ")) return;
  for (const match of text.matchAll(UUENCODED)) {
    const from = match.index + match[0].indexOf("\n");
    const to = match.index + match[0].length - "end".length;
    if (to - from >= SHORTEST) yield { from, to, note: ` ${leftOut("encoded data", to - from)} ` };
  }
}

/** An SVG file, as it is or percent-encoded, once or twice; a declaration may stand before it. */
const DRAWN = /\s{0,4}(?:<|%(?:25)?3C)(?:svg|(?:\?|%(?:25)?3F)xml|!--|!DOCTYPE)/iy;
const DRAWING_END = /(?:<|%(?:25)?3C)(?:\/|%(?:25)?2F)svg\s{0,4}(?:>|%(?:25)?3E)|\n[ \t]*\n/gi;

/** Tells where the drawing ends that begins at a place; undefined if that is not in its paragraph. */
function drawingEnds(text: string): (from: number) => number | undefined {
  // Places come in order, so each end is looked for once.
  let next = -1;
  let end: number | undefined;
  return (from) => {
    DRAWN.lastIndex = from;
    if (!DRAWN.test(text)) return undefined;
    if (next < from) {
      DRAWING_END.lastIndex = from;
      const match = DRAWING_END.exec(text);
      next = match?.index ?? text.length;
      end = match === null || match[0].startsWith("\n") ? undefined : match.index + match[0].length;
    }
    return end;
  };
}

/**
 * A drawing goes to its end, whatever quotes and brackets are in it. Else in quotes and brackets the address goes to
 * their end, or to the first character that none can have.
 */
function endOfAddress(
  text: string,
  start: number,
  from: number,
  drawingEnd: (from: number) => number | undefined,
): number {
  const drawn = drawingEnd(from);
  if (drawn !== undefined) return drawn;
  const opening = text[start - 1] ?? "";
  const closing = { '"': '"', "'": "'", "`": "`", "<": ">" }[opening];
  if (closing !== undefined) {
    const end = text.indexOf(closing, from);
    const paragraph = text.indexOf("\n\n", from);
    if (end >= 0 && (paragraph < 0 || end < paragraph)) return end;
  }
  const plain = opening === "(" ? /[\s)"'<>]/g : /[\s"'<>`\])}]/g;
  plain.lastIndex = from;
  return plain.exec(text)?.index ?? text.length;
}

/**
 * What a source map says of places, ASCII85, bytes as `=D0=9F`, drawings and data that are percent-encoded (a name may
 * be so as well, and begins with neither), and shapes of SVG, many in a row.
 */
const ENCODINGS: readonly { readonly sign: string; readonly run: RegExp; readonly what: string }[] = [
  { sign: '"mappings"', run: /(?<="mappings"\s{0,4}:\s{0,4}")[\w+/,;]{200,}/g, what: "a source map" },
  {
    sign: "GIT binary patch",
    run: /(?<=\n(?:literal|delta) \d+\n)(?:[A-Za-z][!-~]{5,65}\n){4,}/g,
    what: "encoded data",
  },
  { sign: "<~", run: /(?<=<~)[!-uz\s]{200,}(?=~>)/g, what: "encoded data" },
  { sign: "=", run: /(?:=[\dA-F]{2}|[ \t]|=?\n){70,}/g, what: "encoded text" },
  {
    sign: "%",
    run: /%(?:3C|[57]B%22)(?:[\w.~!*'():@&=+$,/?#-]{0,24}%[\da-f]{2}){20,}/gi,
    what: "encoded data",
  },
  {
    sign: "<",
    run: /(?:<\/?(?:path|circle|ellipse|rect|line|polyline|polygon)(?:\s[^<>]{0,400})?>\s*){8,}/g,
    what: "a drawing",
  },
];
/** Of a run of bytes so many characters at least are encoded, so that blanks and lines alone are none. */
const FEWEST_ENCODED = 60;

export function* encodings(text: string): Generator<Noise> {
  for (const { sign, run, what } of ENCODINGS) {
    if (!text.includes(sign)) continue;
    for (const { 0: match, index } of text.matchAll(run)) {
      const found = match.trim();
      if (found.length < SHORTEST || /\sid=/.test(found)) continue;
      if (what === "encoded text" && (found.match(/=[\dA-F]/g)?.length ?? 0) < FEWEST_ENCODED) continue;
      const from = index + match.indexOf(found);
      yield { from, to: from + found.length, note: leftOut(what, found.length) };
    }
  }
}
