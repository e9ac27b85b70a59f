/** The `--json` document of `amalfa eval`. */
import { z } from "zod";
import { METRICS } from "../../src/knowledge/index.ts";
import * as part from "./parts.ts";
import { document } from "./parts.ts";

const interval = (what: string) => z.tuple([z.number(), z.number()]).describe(what);
const byMetric = <Value extends z.ZodType>(value: Value) =>
  Object.fromEntries(
    METRICS.map((metric) => [metric, value.nullable().describe("null where nothing was asked")]),
  ) as Record<(typeof METRICS)[number], z.ZodNullable<Value>>;
const byMode = <Value extends z.ZodType>(value: Value) =>
  document({ hybrid: value.optional(), lexical: value.optional(), semantic: value.optional() });
const byKind = <Value extends z.ZodType>(value: Value) =>
  document({
    file: value.optional(),
    link: value.optional(),
    heading: value.optional(),
    alias: value.optional(),
  });

const mode = z.enum(["hybrid", "lexical", "semantic"]).describe("how it was searched");
const model = z.string().nullable().describe("id of the model of the graph; null where it has none yet");

const metrics = byMetric(
  document({
    value: part.share("the mean over the questions"),
    interval: interval("where it would be for other questions of the same kind, nineteen times of twenty"),
  }),
);

const differences = byMetric(
  document({
    before: part.share("the other's mean"),
    after: part.share("the mean now"),
    difference: z.number().describe("how much better it is now"),
    interval: interval("where the difference would be for other questions, nineteen times of twenty"),
    verdict: z.enum(["better", "worse", "same"]).describe("`same` where the difference may be chance"),
  }),
);

export const evaluation = document({
  ok: part.yes("whether every `--min` is met"),
  model,
  seed: part.count("which of the questions were asked"),
  asked: document({
    questions: part.count("questions that were asked"),
    kinds: byKind(part.count("questions of this kind")).describe("the same by where they come from"),
    unanswerable: part.count("questions whose right documents are not in the graph; they count as not found"),
    available: part.count("questions there were to choose from"),
    leftOut: document({
      names: part.count("texts that are the name of a document and no question"),
      ambiguous: part.count("questions that lead to more documents than could all be meant"),
      wordless: part.count("texts without a word that says something, or as long as a paragraph"),
    }).describe("texts that make no question"),
    unreadable: part.names("documents whose files could not be read"),
  }).describe("what was asked"),
  modes: byMode(
    document({
      ...metrics,
      kinds: byKind(document(metrics).describe("its metrics")).describe(
        "the same for the questions of each kind",
      ),
    }).describe("its metrics"),
  ).describe("how good the answers are, by mode and metric; null where nothing was asked"),
  against: document({
    file: part.text("absolute path of what is compared with"),
    kind: z.enum(["report", "settings"]).describe("what it is"),
    model,
    paired: part.count("questions that both have"),
    unpaired: part.count("questions that only this evaluation has"),
    modes: byMode(document(differences).describe("its metrics")).describe(
      "what is judged now, less the other",
    ),
  })
    .optional()
    .describe("with `--against`: the comparison"),
  minimum: z
    .array(
      document({
        mode,
        metric: z.enum(METRICS).describe("the metric"),
        least: part.share("what was asked for"),
        value: z.number().nullable().describe("what it is; null where there was no question"),
        met: part.yes("whether that is enough"),
      }),
    )
    .describe("each `--min`"),
  questions: z
    .array(
      document({
        kind: z.enum(["file", "link", "heading", "alias"]).describe("where the question comes from"),
        query: part.text("what was asked"),
        documents: part.names("the documents that answer it, the best first"),
        outcomes: byMode(
          document({
            rank: z
              .number()
              .nullable()
              .describe("place of the first right document, from 1; null: not among the first ten"),
            ndcg: z.number().describe("nDCG of the first ten"),
          }).describe("what came of it in this mode"),
        ).describe("what came of it, by mode"),
      }),
    )
    .describe("each question"),
  ...part.answer,
  durationMs: part.durationMs,
});
