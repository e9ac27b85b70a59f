/** The `--json` documents of commands that keep the graph, its services and the vector cache in order. */
import { z } from "zod";
import * as part from "./parts.ts";
import { document } from "./parts.ts";

export const init = document({
  ok: part.ok,
  command: z.literal("init").describe("the command"),
  ...part.ingest,
});

const replacement = {
  kind: z.literal("replace file").describe("a new file is built beside the old one, which then makes room"),
  database: part.text("absolute path of the database"),
  moves: z
    .array(
      document({
        from: part.text("absolute path of a file of the database"),
        to: part.text("absolute path of where it goes"),
      }),
    )
    .describe("to quarantine, as far as the files are there by then"),
};

const rebuildPlan = z
  .union([
    document({
      kind: z.literal("replace rows").describe("all rows change in the file that is there"),
      database: part.text("absolute path of the database"),
      countFrom: z.enum(["graph", "nothing"]).describe("what a dry run counts from"),
      fallback: document(replacement).describe("where the file turns out to hold damage"),
    }),
    document({ ...replacement, reason: part.text("why the old file cannot become the graph") }),
  ])
  .describe("what is done to the database, and what there is to fall back on; a dry run shows the same");

export const rebuild = document({
  ok: part.ok,
  command: z.literal("rebuild").describe("the command"),
  ...part.ingest,
  paused: part.names("services that waited meanwhile"),
  quarantined: part.names("where files that were moved aside lie now, relative to the project root"),
  replacedBecause: z.string().optional().describe("why the database was not kept; missing when it was"),
  plan: rebuildPlan,
});

export const doctor = document({
  ok: part.yes("true when no warning and no error remains"),
  root: part.projectRoot,
  fix: part.yes("whether `--fix` was given"),
  dryRun: part.yes("whether this only says what would be done"),
  durationMs: part.durationMs,
  summary: document({
    ok: part.count("checks that are in order"),
    error: part.count("checks that found an error"),
    warning: part.count("checks that found no more than warnings"),
    skipped: part.count("checks that had nothing to look at"),
    late: part.count("checks that could not be finished in time"),
    fixed: part.count("findings that are mended"),
  }),
  plan: z
    .array(
      document({
        check: part.text("id of the check"),
        action: part.text("what is done"),
        subject: part.text("to what: a path, a process or a row"),
      }),
    )
    .describe("what `--fix` would do, or has done, in this order"),
  next: z.string().nullable().describe("the one thing to do next; null when nothing is wrong"),
  checks: z
    .array(
      document({
        ...part.checkHead,
        status: z
          .enum(["ok", "warning", "error", "skipped", "late"])
          .describe("with `--fix`, what a second look found after the repair"),
        message: part.text("what it found, in one sentence"),
        durationMs: part.durationMs,
        findings: z.array(
          document({
            severity: z.enum(["error", "warning"]).describe("how bad it is"),
            message: part.text("what is wrong"),
            why: part.text("why that matters"),
            subject: part.text("where: a path, a process or a row"),
            fixable: part.yes("whether `--fix` can mend it"),
            fix: z.string().nullable().describe("what `--fix` does; null where it does nothing"),
            fixed: part.yes("true only when a second look confirmed that it is gone"),
            first: part.text("what has to be done before any command works; null for most").nullable(),
            fixResult: z
              .string()
              .nullable()
              .describe("what was done, or why it could not be; null where nothing was tried"),
            commands: part.names("commands that help, the gentlest first"),
          }),
        ),
      }),
    )
    .describe("what was looked at"),
});

export const doctorChecks = document({
  ok: part.ok,
  checks: z.array(
    document({
      ...part.checkHead,
      fix: z.string().nullable().describe("what `--fix` does; null where it does nothing"),
    }),
  ),
});

const removable = {
  path: part.text("relative to the project root"),
  files: part.count("files in it"),
  bytes: part.bytes("their size"),
};

export const reset = document({
  ok: part.ok,
  command: z.literal("reset").describe("the command"),
  root: part.projectRoot,
  dryRun: part.yes("whether this only says what would be deleted"),
  confirmedBy: z.enum(["prompt", "--yes", "none"]).describe("who agreed"),
  declined: part.yes("whether the question was answered with no"),
  stopped: z
    .array(document({ service: part.text("its name"), pid: z.int().describe("its process") }))
    .describe("services that were stopped first"),
  deleted: z.array(document(removable)).describe("what is gone, or would be"),
  entries: z
    .array(
      document({
        ...removable,
        what: part.text("what it is"),
        madeAgain: z.string().nullable().describe("how it comes back; null for what cannot be made again"),
      }),
    )
    .describe("the same in more detail"),
  kept: part.names("what stays"),
  bytes: part.bytes("all of it"),
});

export const serviceStart = document({
  ok: part.yes("whether the service is ready"),
  action: z.enum(["start", "restart"]).describe("what was asked for"),
  service: z.enum(["watcher", "vector", "server"]).describe("the service"),
  change: z
    .enum(["started", "already running", "adopted"])
    .describe("`adopted`: it was running without a PID file, and has one again"),
  pid: part.count("its process"),
  port: part.count("its port"),
  url: z.string().optional().describe("where clients reach it, of services that have clients"),
  health: part.startedHealth,
  stopped: part.stoppedServices,
});

export const serviceStop = document({
  ok: part.yes("whether nothing remains that may still be running"),
  action: z.literal("stop").optional().describe("missing in the document of `stop-all`"),
  service: z
    .enum(["watcher", "vector", "server"])
    .optional()
    .describe("missing in the document of `stop-all`"),
  stopped: part.stoppedServices,
  remaining: part.remainingServices,
});

export const serviceStatus = document({
  ok: part.yes("whether each of them runs or is stopped, as it should be"),
  action: z.literal("status").describe("what was asked for"),
  services: part.services("the service; more than one where strangers hold its PID file"),
});

const grant = {
  id: part.text("names the token, and is no secret"),
  name: part.text("what it is for"),
  projects: part.names("absolute roots of the projects that it opens"),
  rights: z.array(z.enum(["read", "tag", "write"])).describe("what its bearer may do"),
  since: part.text("when it was made, ISO 8601"),
};

export const tokenAdd = document({
  ok: part.ok,
  action: z.literal("add").describe("what was asked for"),
  token: part.text("the token itself, this once"),
  ...grant,
});

export const tokenList = document({
  ok: part.ok,
  action: z.literal("list").describe("what was asked for"),
  tokens: z.array(document(grant)).describe("all tokens of this user, oldest first"),
});

export const tokenRevoke = document({
  ok: part.ok,
  action: z.literal("revoke").describe("what was asked for"),
  tokens: z.array(document(grant)).describe("those that were taken back"),
});

export const servers = document({ ok: part.ok, services: part.services("all services of this project") });

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
  remote,
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
});

export const cacheVerify = document({
  ok: part.yes("whether every vector is what the model says"),
  path: cacheFile,
  model: part.text("id of the model"),
  rows: part.count("vectors in the cache"),
  malformed: part.count("rows that are no vectors; they are computed again when they are needed"),
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

export const help = document({ ok: part.ok, help: part.text("the help text") });
export const version = document({ ok: part.ok, version: part.text("the version of amalfa") });

export const error = document({
  ok: z.literal(false).describe("the command could not be carried out"),
  error: document({
    code: part.text(
      "what kind of error it is, which stays the same from version to version: see [Errors](errors.md)",
    ),
    message: part.text("what happened, and where"),
    hint: z.string().optional().describe("what to do next"),
  }),
});
