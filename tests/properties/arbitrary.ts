/** What property tests are fed: texts, documents and trees of files that nobody would think of. */
import fc from "fast-check";

const RUNS = process.env.AMALFA_PROPERTY_RUNS;

/**
 * As many cases as take a second or two, the same on every run. With `AMALFA_PROPERTY_RUNS` as many as that says,
 * others each time; what fails prints its seed.
 */
export const PROPERTY = RUNS === undefined ? { numRuns: 300, seed: 20_260 } : { numRuns: Number(RUNS) };

/** Pieces that mean something to markdown, besides any text. */
const PIECE = fc.oneof(
  fc.constantFrom(
    ..."# ;## ;- ;> ;```;~~~;---;| a | b |;|---|---|;[[;]];](;![;<!-- tags: [;-->;<div>;{{;%%;\\;\t;    ;\n;\n\n;\r\n;\r;\ufeff;\u2028;\u0000".split(
      ";",
    ),
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);

const markdown = fc.array(PIECE, { maxLength: 60 }).map((pieces) => pieces.join(""));

/** Front matter of any kind before a text. */
export const document = fc
  .tuple(fc.option(fc.array(PIECE, { maxLength: 12 })), markdown)
  .map(([front, body]) => (front === null ? body : `---\ntitle: ${front.join("")}\n---\n${body}`));

const SEGMENT = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
  .map((text) => text.replaceAll("/", "_"))
  .filter((text) => text !== "." && text !== "..");

export const path = fc
  .array(SEGMENT, { minLength: 1, maxLength: 4 })
  .map((segments) => `${segments.join("/")}.md`);
