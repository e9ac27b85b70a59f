/**
 * Every document that a command prints with `--json`: the one list from which the published schemas and
 * `docs/json.md` are made, and by which the tests judge what the program prints.
 */
import type { z } from "zod";
import * as cache from "./cache.ts";
import { evaluation } from "./eval.ts";
import * as everyday from "./everyday.ts";
import * as maintenance from "./maintenance.ts";
import * as models from "./models.ts";
import * as setUp from "./set-up.ts";

export interface JsonDocument {
  /** The schema's name: `schemas/<name>.json`. */
  readonly name: string;
  /** What prints it: command lines without options, as they are typed. */
  readonly commands: readonly string[];
  /** When the command prints this and not its usual document. */
  readonly when?: string;
  readonly schema: z.ZodType;
}

const usual = (command: string, schema: z.ZodType): JsonDocument => ({
  name: command.replaceAll(" ", "-"),
  commands: [command],
  schema,
});

export const DOCUMENTS: readonly JsonDocument[] = [
  usual("init", maintenance.init),
  usual("search", everyday.search),
  usual("projects list", setUp.projectsList),
  { name: "projects-change", commands: ["projects add", "projects remove"], schema: setUp.projectsChange },
  usual("read", everyday.read),
  usual("explore", everyday.explore),
  usual("tags", everyday.tags),
  usual("list-sources", everyday.listSources),
  usual("config show", setUp.configShow),
  usual("config migrate", setUp.configMigrate),
  usual("models list", models.list),
  usual("models info", models.info),
  usual("models pull", models.pull),
  usual("models add", models.add),
  usual("models verify", models.verify),
  usual("models use", models.use),
  usual("models remove", models.remove),
  usual("trust", setUp.trust),
  usual("stats", everyday.stats),
  usual("find-gaps", everyday.findGaps),
  usual("eval", evaluation),
  usual("inject-tags", everyday.injectTags),
  usual("validate", everyday.validate),
  usual("completion", setUp.completion),
  usual("prime", setUp.prime),
  { name: "agents", commands: ["agents install", "agents remove"], schema: setUp.agents },
  usual("setup-mcp", setUp.setupMcp),
  {
    name: "service-start",
    commands: [
      "watcher start",
      "watcher restart",
      "vector start",
      "vector restart",
      "server start",
      "server restart",
    ],
    schema: maintenance.serviceStart,
  },
  {
    name: "service-stop",
    commands: ["watcher stop", "vector stop", "server stop", "stop-all"],
    schema: maintenance.serviceStop,
  },
  {
    name: "service-status",
    commands: ["watcher status", "vector status", "server status"],
    schema: maintenance.serviceStatus,
  },
  usual("servers", maintenance.servers),
  usual("serve token add", maintenance.tokenAdd),
  usual("serve token list", maintenance.tokenList),
  usual("serve token revoke", maintenance.tokenRevoke),
  usual("doctor", maintenance.doctor),
  {
    name: "doctor-checks",
    commands: ["doctor"],
    when: "with `--list-checks`",
    schema: maintenance.doctorChecks,
  },
  usual("rebuild", maintenance.rebuild),
  usual("reset", maintenance.reset),
  usual("cache stats", cache.cacheStats),
  usual("cache push", cache.cachePush),
  usual("cache pull", cache.cachePull),
  usual("cache remote prune", cache.cacheRemotePrune),
  usual("cache verify", cache.cacheVerify),
  usual("cache prune", cache.cachePrune),
  usual("cache clear", cache.cacheClear),
  usual("cache export", cache.cacheExport),
  usual("cache import", cache.cacheImport),
  usual("cache compact", cache.cacheCompact),
  { name: "help", commands: [], when: "any command with `--help`", schema: maintenance.help },
  { name: "version", commands: [], when: "`amalfa --version`", schema: maintenance.version },
  { name: "error", commands: [], when: "any command that fails", schema: maintenance.error },
];
