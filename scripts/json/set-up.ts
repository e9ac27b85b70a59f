/**
 * The `--json` documents of commands that set amalfa up: settings and consent, clients, agents, the list of projects.
 */
import { z } from "zod";
import { CLIENTS } from "../../src/mcp/clients/index.ts";
import * as part from "./parts.ts";
import { document } from "./parts.ts";

const consentedFiles = z
  .array(document({ path: part.text("absolute path"), sha256: part.text("digest of its content") }))
  .describe("the settings and what they import");
const trustHead = { ok: part.ok, command: z.literal("trust").describe("the command") };
const settingsPlace = part.text("absolute path of the settings file");

export const trust = z.union([
  document({
    ...trustHead,
    root: part.projectRoot,
    action: z.literal("trust").describe("consent was given, or was there already"),
    file: settingsPlace,
    change: z.enum(["agreed", "already agreed"]).describe("which of the two"),
    digest: z
      .string()
      .nullable()
      .describe("digest of all its files; null where it is the remote cache alone that was agreed to"),
    files: consentedFiles,
    remote: document({
      url: part.text("its address"),
      mode: z.enum(["read", "readwrite"]).describe("what it may be used for"),
      change: z.enum(["agreed", "already agreed"]).describe("which of the two"),
    })
      .optional()
      .describe("the remote vector cache that the settings name; missing where they name none"),
  }),
  document({
    ...trustHead,
    root: part.projectRoot,
    action: z.literal("revoke").describe("consent was taken back"),
    revoked: part.count("consents that are gone now"),
  }),
  document({
    ...trustHead,
    root: part.projectRoot,
    action: z.literal("none").describe("the settings are no program and need no consent"),
    file: z.string().nullable().describe("absolute path of the settings; null where there are none"),
  }),
  document({
    ...trustHead,
    action: z.literal("list").describe("all consents, in all projects"),
    consents: z
      .array(
        document({
          state: z
            .enum(["current", "changed", "gone"])
            .describe("whether the file is still what was agreed to, is other now, or is gone"),
          place: settingsPlace,
          digest: part.text("digest of all files that were agreed to"),
          files: consentedFiles,
          since: part.time("when consent was given"),
          remote: z
            .string()
            .optional()
            .describe("where the consent is to a remote vector cache that the file names: its address"),
        }),
      )
      .describe("what was agreed to"),
  }),
]);

const settingKey = part.text("the setting, as in `watch.debounce`");
const settingLine = z
  .int()
  .positive()
  .nullable()
  .describe("the line of the file; null where it cannot be told");

export const configShow = document({
  ok: part.ok,
  root: part.projectRoot,
  file: z.string().nullable().describe("absolute path of the settings file; null where there is none"),
  settings: z
    .array(
      document({
        key: settingKey,
        value: z
          .unknown()
          .describe("what holds, as a settings file would have it; null where nothing is set"),
        from: z.enum(["default", "file", "environment", "flag"]).describe("where it comes from"),
        file: z.string().nullable().describe("absolute path of that file"),
        line: settingLine,
        variable: z.string().nullable().describe("the variable of the environment"),
        written: z
          .unknown()
          .optional()
          .describe("what the file says, where something else holds in its place"),
      }),
    )
    .describe("every setting"),
  ignored: z
    .array(document({ key: settingKey, line: settingLine }))
    .describe("keys of earlier versions, which do nothing"),
  environment: z
    .array(
      document({
        name: part.text("the variable"),
        what: part.text("what it is for"),
        value: z.string().nullable().describe("null where it may hold a password"),
        key: z.string().nullable().describe("the setting whose place it takes"),
      }),
    )
    .describe("variables that are set and that amalfa reads"),
});

export const configMigrate = document({
  ok: part.ok,
  root: part.projectRoot,
  dryRun: part.yes("whether nothing was written"),
  action: z.enum(["write", "none"]).describe("none: there are no settings, or they are current"),
  from: z.string().nullable().describe("absolute path of the old file, which stays as it is"),
  to: z.string().nullable().describe("absolute path of the new file"),
  changes: z
    .array(document({ key: settingKey, what: part.text("what becomes of it") }))
    .describe("what is different in the new file"),
  content: z.string().nullable().describe("the new file"),
  holdsAtOnce: part.yes("whether the new file holds as soon as it is there"),
});

export const completion = document({
  ok: part.ok,
  shell: part.text("the shell that it is for"),
  script: z.string().optional().describe("the script that the shell reads"),
  candidates: z
    .array(
      document({
        value: part.text("what may stand next"),
        description: z.string().optional().describe("what it is"),
      }),
    )
    .optional()
    .describe("what may stand next, where that script asks for it"),
});

export const setupMcp = document({
  ok: part.ok,
  server: document({
    name: part.text("the server's name in the clients' files"),
    command: part.text("the program that a client starts"),
    args: part.names("its arguments"),
  }).describe("what the entry for a client says"),
  clients: z
    .array(
      document({
        client: z.enum(CLIENTS).describe("the client"),
        title: part.text("its name for people"),
        file: part.text("absolute path of its file"),
        configuration: part.text("the entry in the client's own format"),
        change: z.enum(["printed", "added", "replaced", "unchanged"]).describe("what was done to the file"),
        backup: z.string().nullable().describe("absolute path of the copy of the file as it was"),
      }),
    )
    .describe("what each client needs"),
});

export const prime = document({
  ok: part.ok,
  root: part.projectRoot,
  text: part.text("what an agent is told; empty where there is no graph"),
  tokens: part.count("tokens of the text"),
  budget: part.count("tokens that it may have at most"),
  documents: part.count("documents in the graph"),
  freshness: part.answer.freshness.optional(),
  pending: part.answer.pending,
});

const agentFile = {
  file: part.text("absolute path of the file"),
  change: z.enum(["added", "replaced", "removed", "unchanged"]).describe("what was done, or would be"),
};

export const agents = document({
  ok: part.ok,
  command: part.text("`agents install` or `agents remove`"),
  root: part.projectRoot,
  dryRun: part.yes("whether this only says what would be done"),
  clients: z
    .array(
      document({
        client: z.enum(CLIENTS).describe("the client"),
        title: part.text("its name for people"),
        ...agentFile,
        backup: z.string().nullable().describe("absolute path of the copy of the file as it was"),
      }),
    )
    .describe("the settings of the clients"),
  instructions: z.array(document(agentFile)).describe("the files that tell agents how to work"),
});

const registered = {
  name: part.text("the project's name, which no other project has"),
  root: part.projectRoot,
  since: part.text("when it was put in, ISO 8601"),
};

export const projectsList = document({
  ok: part.ok,
  projects: z
    .array(
      document({
        ...registered,
        graph: part.yes("whether it has a graph to search"),
        missing: part.yes("its folder is not there; absent where it is").optional(),
      }),
    )
    .describe("the projects, by name"),
  registry: z.enum(["on", "off"]).describe("`off`: `AMALFA_REGISTRY` keeps `init` from putting projects in"),
});

export const projectsChange = document({
  ok: part.ok,
  command: part.text("`projects add` or `projects remove`"),
  change: z.enum(["added", "renamed", "unchanged", "removed"]).describe("what was done"),
  project: document(registered).describe("the project as it is now, or was"),
});
