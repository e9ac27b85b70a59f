/** The `--json` documents of `amalfa models`. */
import { z } from "zod";
import * as part from "./parts.ts";
import { document } from "./parts.ts";

const head = (name: string) => ({ ok: part.ok, command: z.literal(name).describe("the command") });
const name = part.text("the model's name");
const modelId = part.text("the model's id, which names everything that shapes a vector");
const sha256 = part.text("SHA-256 of the file, in hex");

const listed = {
  name,
  id: z
    .string()
    .nullable()
    .describe("the model's id; null before its files are here, whose digests are part of it"),
  state: z
    .enum(["bundled", "installed", "added", "available"])
    .describe("comes with amalfa, was pulled, was added from a folder, or can be pulled"),
  configured: part.yes("whether the project's settings name it"),
  dimensions: part.count("length of a vector"),
  maxTokens: part.count("tokens of a passage at most"),
  quantisation: part.text("the number format of its weights, such as `int8`"),
  pooling: part.text("how a text's vector is made of those of its tokens: `mean` or `cls`"),
  languages: z.enum(["English", "many"]).describe("the languages that it was made for"),
  bytes: part.bytes("what it takes on the disk, or about so much to be fetched"),
  licence: z.string().nullable().describe("its licence; null where amalfa does not know"),
  source: part.text("where it comes from"),
  folder: z.string().nullable().describe("absolute path of its files; null where they are not here"),
};

export const list = document({
  ...head("list"),
  folder: z.string().nullable().describe("the folder of models that all projects of a user share"),
  models: z.array(document(listed)).describe("every model, the default first"),
});

export const info = document({
  ...head("info"),
  ...listed,
  aliases: part.names("other names that are understood"),
  use: z.string().nullable().describe("what it is for; null for a model that was added"),
  prefixes: document({
    query: part.text("what is written before a query"),
    passage: part.text("what is written before a passage"),
  }).describe("what the model is given besides the text itself"),
  effort: z
    .number()
    .nullable()
    .describe(
      "how long a token takes, about, where one of the default model takes 1; null where that is not known",
    ),
  files: z
    .array(
      document({
        path: part.text("where it lies in the model's folder"),
        sha256: z.string().nullable().describe("SHA-256 in hex; null before it is known"),
        pinned: part.yes("whether amalfa knows the digest beforehand"),
      }),
    )
    .describe("its files"),
});

const pulledFiles = z.array(
  document({
    path: part.text("where it lies in the model's folder"),
    sha256,
    bytes: part.bytes("its size"),
    fetched: part.bytes("what was fetched now; the rest was there"),
    digest: z
      .enum(["pinned", "announced", "recorded", "first seen"])
      .describe(
        "what vouches for it: amalfa, what the hub said beforehand, what was recorded earlier, or nobody yet: " +
          "then it is recorded now",
      ),
  }),
);

export const pull = document({
  ...head("pull"),
  name,
  id: modelId,
  state: z
    .enum(["pulled", "present", "adopted", "bundled"])
    .describe("fetched now, here already, taken over from an earlier version, or part of amalfa"),
  folder: z
    .string()
    .nullable()
    .describe("absolute path of its files; null for a model that comes with amalfa"),
  source: part.text("where it comes from"),
  files: pulledFiles.describe("its files"),
});

export const add = document({
  ...head("add"),
  name,
  id: modelId,
  folder: part.text("absolute path of where it lies now"),
  source: part.text("absolute path of the folder that it was copied from"),
  dimensions: part.count("length of a vector"),
  files: pulledFiles.describe("its files"),
});

export const verify = document({
  ...head("verify"),
  models: z
    .array(
      document({
        name,
        id: z.string().nullable().describe("its id; null where it is not here"),
        folder: part.text("absolute path of its files"),
        state: z
          .enum(["ok", "damaged", "missing", "unknown"])
          .describe(
            "`unknown`: something among the models that amalfa has no record of, somebody's own, which it leaves alone. It makes `ok` false only if it was asked for by name",
          ),
        problem: z.string().nullable().describe("what is wrong; null where nothing is"),
        command: z.string().nullable().describe("what brings it back; null where nothing is wrong"),
      }),
    )
    .describe("the models that were looked at"),
});

const cost = document({
  from: z.string().nullable().describe("id of the model that made the graph; null where there is none yet"),
  to: part.text("id of the other model"),
  documents: part.count("documents that are read"),
  texts: part.count("passages, each text counted once"),
  hits: part.count("those whose vector is in the vector cache"),
  misses: part.count("those that have to be computed"),
  seconds: z
    .number()
    .nullable()
    .describe("about how long that takes here, in seconds; null where nobody can tell"),
});

export const use = document({
  ...head("use"),
  root: part.projectRoot,
  dryRun: part.yes("whether this only says what would be done"),
  model: name,
  id: modelId,
  before: z.string().nullable().describe("what the settings named before; null where they named none"),
  settingsFile: z.string().nullable().describe("absolute path of the settings; null where there are none"),
  action: z.enum(["create", "change", "keep"]).describe("what is done to them; `keep`: they say so already"),
  cost: cost.nullable().describe("what `amalfa init` will cost then; null where that cannot be told"),
});

export const remove = document({
  ...head("remove"),
  name,
  folder: part.text("absolute path of the folder that is gone"),
  bytes: part.bytes("what it took"),
});
