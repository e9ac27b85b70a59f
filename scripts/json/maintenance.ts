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
  }).describe("checks, counted by what came of them"),
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
        findings: z
          .array(
            document({
              severity: z.enum(["error", "warning"]).describe("how bad it is"),
              message: part.text("what is wrong"),
              why: part.text("why that matters"),
              subject: part.text("where: a path, a process or a row"),
              fixable: part.yes("whether `--fix` can mend it"),
              fix: z.string().nullable().describe("what `--fix` does; null where it does nothing"),
              fixed: part.yes("true only when a second look confirmed that it is gone"),
              first: z
                .string()
                .nullable()
                .describe("what has to be done before any command works; null for most"),
              fixResult: z
                .string()
                .nullable()
                .describe("what was done, or why it could not be; null where nothing was tried"),
              commands: part.names("commands that help, the gentlest first"),
            }),
          )
          .describe("what is wrong; an empty list where nothing is"),
      }),
    )
    .describe("what was looked at"),
});

export const doctorChecks = document({
  ok: part.ok,
  checks: z
    .array(
      document({
        ...part.checkHead,
        fix: z.string().nullable().describe("what `--fix` does; null where it does nothing"),
      }),
    )
    .describe("every check"),
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
    .enum(["started", "already running", "adopted", "served"])
    .describe(
      "`adopted`: it was running without a PID file, and has one again. `served`: another service does its work, and nothing was started",
    ),
  servedBy: part.servedBy,
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
  servedBy: part.servedBy,
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
  }).describe("what went wrong"),
});
