/** The `--json` documents of `amalfa cache`. */
import { z } from "zod";
import * as part from "./parts.ts";
import { document } from "./parts.ts";

const cacheFile = part.text("absolute path of the vector cache");
const left = {
  entries: part.count("vectors in the cache now"),
  bytes: part.bytes("their size"),
};

const remote = document({
  url: part.text("its address, without anything secret"),
  state: z
    .enum(["used", "fault", "ignored", "refused"])
    .describe(
      "`used`: it answers. `fault`: it does not. `ignored` and `refused`: it is named, and nobody asks it",
    ),
  reason: z.string().nullable().describe("why it is not used; null where it is"),
  from: z
    .enum(["environment", "user", "project"])
    .nullable()
    .describe("whose settings name it; null where it is not used"),
  mode: z
    .enum(["read", "readwrite"])
    .nullable()
    .describe("what it may be used for; null where it is not used"),
  signed: part.yes("whether only rows are taken that are signed with the signing key"),
  latencyMs: z
    .number()
    .nullable()
    .describe("how long an answer takes, in milliseconds; null where there is none"),
  mayWrite: z
    .boolean()
    .nullable()
    .describe("whether its server lets rows be put there; null where nobody wants to"),
  asked: part.count("vectors of the local cache that were looked for"),
  found: part.count("rows that it had for them"),
  proved: part.count("rows of those that are right"),
  entries: z
    .number()
    .nullable()
    .describe("vectors of the project's model that are there; null where they cannot be counted"),
})
  .optional()
  .describe("the remote vector cache; missing where none is named");

export const cacheRemotePrune = document({
  ok: part.ok,
  command: z.literal("remote prune").describe("the command"),
  url: part.text("address of the remote vector cache, without anything secret"),
  dryRun: part.yes("whether this only says what would be done"),
  rows: part.count("vectors that were looked at, of all models"),
  removed: part.count("vectors that were removed, or would be"),
  declined: part.yes("whether its user was asked in a terminal, and said no"),
});

const verified = document({
  compared: part.count("vectors that were embedded again, with `--verify`"),
  mismatches: part.count("those of them that came out otherwise"),
}).describe("what was compared");
const store = part.text("address of the remote vector cache, without anything secret");

export const cachePush = document({
  ok: part.ok,
  command: z.literal("push").describe("the command"),
  url: store,
  dryRun: part.yes("whether this only says what would be done"),
  packs: part.count("packs that were put there; none by a server that is asked row by row"),
  rows: part.count("vectors that were not there before"),
  bytes: part.bytes("size of what was put there"),
  joined: part.count("small packs that were put together"),
  verified,
});

export const cachePull = document({
  ok: part.ok,
  command: z.literal("pull").describe("the command"),
  url: store,
  dryRun: part.yes("whether this only says what would be done"),
  packs: part.count("packs that are there"),
  fetched: part.count("packs that were new and were fetched"),
  refused: part.count("packs that were not taken: gone, damaged, or not signed with the signing key"),
  bytes: part.bytes("size of what was fetched"),
  added: part.count("vectors that the vector cache did not have"),
  verified,
});

export const cacheStats = document({
  ok: part.ok,
  path: cacheFile,
  shared: part.yes("whether other projects may use it as well"),
  ...left,
  fileBytes: part.bytes("size of the file and its write-ahead log"),
  maxBytes: part.bytes("how large it may become"),
  maxAgeMs: z
    .number()
    .nullable()
    .describe("how old an unused vector may become, in milliseconds; null: any age"),
  oldest: z.string().nullable().describe("last use of the vector unused for longest, ISO 8601"),
  newest: z.string().nullable().describe("last use of the vector used last, ISO 8601"),
  models: part.modelRows,
  ages: z
    .array(
      document({
        days: z.number().nullable().describe("used within so many days; null: longer ago than all others"),
        entries: part.count("such vectors"),
      }),
    )
    .describe("the vectors by their last use"),
  runs: z
    .array(
      document({
        at: part.time("when"),
        command: part.text("the command"),
        model: part.text("id of its model"),
        hits: part.count("vectors that were there"),
        misses: part.count("vectors that were computed"),
      }),
    )
    .describe("the last ingests that asked for vectors, the latest first"),
  hitRate: z
    .number()
    .nullable()
    .describe("the part of what these asked for that was there; null before the first"),
  orphans: z
    .number()
    .nullable()
    .describe("vectors that no passage of the graph needs; null where that is unknown"),
  remote,
});

export const cacheVerify = document({
  ok: part.yes("whether every vector is what the model says"),
  path: cacheFile,
  model: part.text("id of the model"),
  rows: part.count("vectors in the cache"),
  malformed: part.count(
    "rows that are no vectors, or name a model of other dimensions; they are computed again when they are needed",
  ),
  compared: part.count("vectors that were computed again"),
  exact: part.count("those that came out the same, bit by bit"),
  lowestCosine: z.number().nullable().describe("the least agreement; null when none was compared"),
  mismatches: z
    .array(
      document({
        key: part.text("the row"),
        document: part.text("a document that has the text"),
        cosine: z.number().describe("how far the vectors agree"),
      }),
    )
    .describe("vectors that say something else than the model"),
});

const removal = {
  path: cacheFile,
  dryRun: part.yes("whether this only says what would be removed"),
  removed: part.count("vectors that went, or would go"),
  bytesBefore: part.bytes("size before"),
  entries: part.count("vectors that are left; in a dry run an estimate"),
  bytes: part.bytes("size after"),
};

export const cachePrune = document({
  ok: part.ok,
  command: z.literal("prune").describe("the command"),
  ...removal,
});
export const cacheClear = document({
  ok: part.ok,
  command: z.literal("clear").describe("the command"),
  declined: part.yes("whether the question was answered with no"),
  ...removal,
});

const archive = part.text("absolute path of the exported file");

export const cacheExport = document({
  ok: part.ok,
  command: z.literal("export").describe("the command"),
  file: archive,
  entries: part.count("vectors in it"),
  skipped: part.count("malformed rows, which were left out"),
  bytes: part.bytes("its size"),
  models: part.modelRows,
});

export const cacheImport = document({
  ok: part.ok,
  command: z.literal("import").describe("the command"),
  file: archive,
  entries: part.count("vectors in the file"),
  bytes: part.bytes("its size"),
  models: part.modelRows,
  added: part.count("vectors that the cache did not have"),
  repaired: part.count("malformed rows that were replaced by good ones"),
  kept: part.count("vectors that the cache had already"),
  leftOut: part.count("vectors of other models than the project's, which were not taken"),
});

export const cacheCompact = document({
  ok: part.ok,
  command: z.literal("compact").describe("the command"),
  path: cacheFile,
  ...left,
  fileBytesBefore: part.bytes("size of the file before"),
  fileBytes: part.bytes("size of the file now"),
});
