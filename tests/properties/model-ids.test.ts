/** Model ids, of the catalogue and of any model that somebody may add. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cacheKey } from "../../src/embedding/cache/row.ts";
import { chunkText, queryText } from "../../src/ingest/chunking/embed-text.ts";
import { CATALOGUE } from "../../src/project/model-catalogue.ts";
import { MODELS, modelOf } from "../../src/project/models.ts";
import { PROPERTY } from "./arbitrary.ts";

const sha256 = fc.constantFrom("a".repeat(64), "b".repeat(64), `${"a".repeat(12)}${"c".repeat(52)}`);
const file = fc.record({ path: fc.constantFrom("model.onnx", "tokenizer.json"), sha256 });
const prefix = fc.constantFrom("", " ", "a", "query: ", "passage: ", '","', "\n", "[]");
const traits = fc.record({
  name: fc.constantFrom("m", "m-128", "mm", "m.int8"),
  directory: fc.constantFrom("m", "n"),
  files: fc.record({ onnx: file, tokenizer: file, tokenizerConfig: file }),
  quantisation: fc.constantFrom("int8", "fp32"),
  pooling: fc.constantFrom("mean" as const, "cls" as const),
  prefixes: fc.record({ query: prefix, passage: prefix }),
  normalisation: fc.constant("l2" as const),
  dimensions: fc.constantFrom(3, 38, 384),
  maxTokens: fc.constantFrom(12, 128),
  languages: fc.constantFrom("English" as const, "many" as const),
});

/** What shapes a vector; where files lie, and for which languages a model is, does not. */
function shape({ name, files, quantisation, pooling, prefixes, dimensions, maxTokens }: Traits): string {
  const digests = [files.onnx.sha256, files.tokenizer.sha256, files.tokenizerConfig.sha256];
  return JSON.stringify([name, digests, quantisation, pooling, prefixes, dimensions, maxTokens]);
}
type Traits = Parameters<typeof modelOf>[0];

describe("model ids", () => {
  test("I9 two models have one id exactly where nothing that shapes a vector differs", () => {
    fc.assert(
      fc.property(traits, traits, (one, other) => {
        const same = shape(one) === shape(other);
        expect(modelOf(one).id === modelOf(other).id).toBe(same);
        if (!same) expect(modelOf(one).id.endsWith(modelOf(other).id)).toBe(false);
      }),
      PROPERTY,
    );
  });

  test("I9 each single trait makes another id", () => {
    fc.assert(
      fc.property(traits, traits, (one, other) => {
        for (const key of ["pooling", "quantisation", "dimensions", "maxTokens", "prefixes"] as const) {
          const changed = { ...one, [key]: other[key] };
          const same = shape(one) === shape(changed);
          expect(modelOf(one).id === modelOf(changed).id).toBe(same);
        }
      }),
      PROPERTY,
    );
  });

  test("I9 one text never has one key as a query and as a passage, where the model tells them apart", () => {
    fc.assert(
      fc.property(traits, fc.string({ unit: "grapheme", maxLength: 20 }), (each, text) => {
        const model = modelOf(each);
        const { query, passage } = model.prefixes;
        const asQuery = cacheKey(queryText(text, model), model.id);
        const asPassage = cacheKey(chunkText({ context: "", text }, model), model.id);
        expect(asQuery === asPassage).toBe(query === passage);
      }),
      PROPERTY,
    );
  });

  test("those of published models stay what they were, since vectors are kept under them", () => {
    expect(MODELS.map(({ id }) => id)).toEqual([
      "all-MiniLM-L6-v2@afdb6f1a0e45:int8:mean:l2:384d:256t:42b25fe3a4ffdd58",
      "all-MiniLM-L6-v2-128@afdb6f1a0e45:int8:mean:l2:384d:128t:a34f11ed613ac4e2",
    ]);
  });

  test("the whole catalogue, with any digests, has ids of which none is the end of another", () => {
    fc.assert(
      fc.property(sha256, sha256, (first, second) => {
        const ids = CATALOGUE.flatMap((entry) =>
          [first, second].map((digest) => {
            const files = Object.fromEntries(
              Object.entries(entry.files).map(([key, { path }]) => [key, { path, sha256: digest }]),
            );
            return modelOf({ ...entry, files: files as unknown as Traits["files"] }).id;
          }),
        );
        const distinct = [...new Set(ids)];
        expect(distinct).toHaveLength(CATALOGUE.length * new Set([first, second]).size);
        for (const id of distinct)
          expect(distinct.filter((other) => other !== id && other.endsWith(id))).toEqual([]);
      }),
      PROPERTY,
    );
  });
});
