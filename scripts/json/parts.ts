/** What several `--json` documents have in common, as zod schemas with a description for every field. */
import { z } from "zod";
import { CHECK_GROUPS } from "../../src/maintenance/doctor/groups.ts";

export const count = (what: string) => z.int().nonnegative().describe(what);
export const bytes = (what: string) => count(`${what}, in bytes`);
export const text = (what: string) => z.string().describe(what);
export const time = (what: string) => z.string().describe(`${what}, ISO 8601`);
export const yes = (what: string) => z.boolean().describe(what);
export const share = (what: string) => z.number().min(0).max(1).describe(`${what}, from 0 to 1`);
export const durationMs = z.number().nonnegative().describe("how long it took, in milliseconds");
export const id = text("the document: its path, relative to the project root");
export const title = text("the document's title");
export const projectRoot = text("absolute path of the project root");
export const names = (what: string) => z.array(z.string()).describe(what);

/** Fails on a field that is not named: what a command prints and nobody describes is found by the tests. */
export const document = z.strictObject;

/** What every document of a command that was carried out says first. */
export const ok = yes("whether all is well; false goes with an exit status other than 0");

export const failedDocuments = (what: string) =>
  z
    .array(
      document({
        path: text("the file, relative to the project root"),
        error: text("why it could not be brought in"),
      }),
    )
    .describe(what);

export const lines = (what: string) => z.tuple([z.int(), z.int()]).describe(`${what}: first and last line`);

const pending = document({
  chunks: count("passages that have no vector yet"),
  share: share("the part of all passages that has one"),
  secondsLeft: z
    .number()
    .nonnegative()
    .optional()
    .describe("how many seconds the running ingest still needs for them; missing where none is running"),
})
  .optional()
  .describe("passages that wait for their vector; missing where none does");

const freshness = document({
  state: z
    .enum(["current", "refreshed", "behind", "unknown"])
    .describe(
      "`current`: the graph says what the files say. `refreshed`: it does now, since what differed was brought in " +
        "before the answer. `behind`: it does not. `unknown`: not everything could be compared in the time that an " +
        "answer may take",
    ),
  added: count("documents that the graph did not have"),
  changed: count("documents that were other than in the graph"),
  removed: count("documents that the graph still had"),
  reason: z.string().optional().describe("why the difference was not brought in, or why nothing is known"),
}).describe("how the graph compares with the files at the moment of the answer");

/** What every answer from the graph carries. */
export const answer = { freshness, pending };
export const waitingVectors = pending;

export const unreadFrontMatter = (what: string) =>
  z
    .array(
      document({
        path: text("the document, relative to the project root"),
        line: count("the line of its front matter that is wrong, counted from 1"),
        error: text("what is wrong with it"),
      }),
    )
    .describe(what);

const room = (where: string) =>
  document({
    needed: count(`bytes that may be needed ${where}`),
    free: count("bytes that are free there"),
  }).describe(`what may be needed ${where}, and what there is`);

export const ingest = {
  root: projectRoot,
  dryRun: yes("whether this only says what would be done"),
  documents: document({
    found: count("documents in the sources"),
    unchanged: count("documents that are as the graph has them"),
    added: count("documents that are new"),
    changed: count("documents that are other than before"),
    removed: count("documents that are gone"),
    failed: failedDocuments("documents that could not be brought in; with any, the exit status is 3"),
    kept: count(
      "documents in folders that could not be looked into, which stay as the graph has them; missing where there are none",
    ).optional(),
    rewritten: count(
      "unchanged documents whose rows in the graph were not what their file gives, and were replaced by a rebuild",
    ).optional(),
  }).describe("the documents, compared with the graph as it was"),
  frontMatter: unreadFrontMatter(
    "faults in the front matter of documents; the rest of each document is in the graph",
  ),
  otherTrees: z
    .array(
      document({
        path: text("the folder, relative to the project root"),
        documents: count("documents of it that were taken out"),
      }),
    )
    .describe("folders that are git work trees of their own; their documents were taken out of the graph"),
  graph: document({
    nodes: count("documents in the graph"),
    chunks: count("passages"),
    edges: count("links between documents"),
    unresolvedLinks: count("links that lead to no document"),
  }).describe("the graph as it is now"),
  embedding: document({
    model: text("id of the model"),
    texts: count("texts that needed a vector, each counted once: `hits` and `misses` together"),
    hits: count("vectors that were there already"),
    misses: count("vectors that were computed"),
    modelLoaded: yes("whether a model was loaded for it"),
    remote: document({
      hits: count("vectors among the hits that came from the remote vector cache"),
      refused: count("rows that were there and did not prove themselves, which count as misses"),
      offered: count("vectors that were computed and given to it"),
      fault: z
        .string()
        .nullable()
        .describe("why the run went on without it, a clause; null where it did not"),
    })
      .optional()
      .describe("the remote vector cache; missing where none is in use"),
  }).describe("where the vectors come from"),
  needs: document({
    disk: room("on the disk of the project"),
    memory: room("in memory, while vectors are computed"),
  })
    .optional()
    .describe("what the run may need; of a dry run that would bring in something"),
  durationMs,
} as const;

const health = document({
  status: z
    .enum(["ok", "starting", "degraded"])
    .describe("`degraded`: it runs and could not do its work; `lastError` says why"),
  ready: yes("whether it can do its work now"),
  service: text("its name"),
  version: text("version of amalfa that it runs"),
  pid: count("its process"),
  root: projectRoot,
  model: z.string().nullable().describe("id of its model; null for a service without one"),
  startedAt: time("when it was started"),
  lastError: document({ message: text("what went wrong"), at: time("when") })
    .nullable()
    .describe("with the status `ok`: documents that could not be ingested"),
  details: z
    .record(z.string(), z.union([z.string(), z.number()]).nullable())
    .optional()
    .describe("figures of the service, for people"),
  proof: z.string().optional().describe("its answer to the challenge that amalfa has put to it"),
});
export const startedHealth = health.describe("what the service says of itself");

export const servedBy = document({ service: text("its name"), pid: z.int().describe("its process") })
  .optional()
  .describe("the service that does the same work in its own process, where there is one");

const serviceStatus = document({
  service: text("`watcher`, `vector`, `server` or `mcp`"),
  state: z
    .enum(["running", "stopped", "stale", "foreign", "unhealthy", "unknown"])
    .describe(
      "`stale`: a PID file whose process is gone. `foreign`: its PID belongs to another program. " +
        "`unhealthy`: it runs and does not answer as it should",
    ),
  servedBy,
  pid: z.int().nullable().describe("its process"),
  port: z.int().nullable().describe("its port; null where it has none"),
  url: z.string().optional().describe("where clients reach it, of services that have clients"),
  startedAt: z.string().nullable().describe("when it was started, ISO 8601"),
  uptimeMs: z.number().nullable().describe("how long it has run, in milliseconds"),
  memoryBytes: z.number().nullable().describe("memory that it uses, in bytes"),
  health: health.nullable().describe("what it says of itself; null where it does not answer"),
  pidFile: text("absolute path of its PID file"),
  reason: z
    .string()
    .nullable()
    .describe("why it is neither running nor stopped, or which documents it could not ingest"),
});
export const services = (what: string) => z.array(serviceStatus).describe(what);

export const stoppedServices = z
  .array(
    document({
      service: text("its name"),
      pid: z.int().describe("its process"),
      by: z.enum(["SIGTERM", "SIGKILL"]).describe("the signal that ended it"),
    }),
  )
  .describe("services that were stopped");

export const remainingServices = z
  .array(
    document({
      service: text("its name"),
      pid: z.int().nullable().describe("its process, where that is known"),
      pidFile: text("absolute path of its PID file"),
      state: z
        .enum(["unknown", "foreign", "remains"])
        .describe(
          "`foreign`: a stranger, which was left alone. `unknown`, `remains`: it may still be running",
        ),
      reason: text("why it was not stopped"),
    }),
  )
  .describe("PID files that are still there, and why");

export const modelRows = z
  .array(
    document({
      model: text("id of the model"),
      dimensions: count("numbers in each of its vectors"),
      entries: count("its rows"),
    }),
  )
  .describe("the rows by model");

export const checkHead = {
  id: text("id of the check, which stays the same from version to version"),
  title: text("what it looks at"),
  group: z.enum(CHECK_GROUPS).describe("where the text output lists it"),
};

/** What has a table of its own in `docs/json.md`, since many documents have it. */
export const PARTS: readonly { readonly name: string; readonly what: string; readonly schema: z.ZodType }[] =
  [
    { name: "freshness", what: "how the graph compares with the files", schema: freshness },
    { name: "pending", what: "passages that wait for their vector", schema: pending.unwrap() },
    { name: "service", what: "a service and what it does", schema: serviceStatus },
    { name: "health", what: "what a service says of itself", schema: health },
  ];
