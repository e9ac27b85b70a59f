/** The checks of `doctor`. Each check process starts anew and loads only the one that it runs. */
import type { Check, CheckInfo } from "../check.ts";
import type { CheckId } from "./list.ts";

/** All checks, in the order in which they are reported. */
export async function loadChecks(): Promise<readonly CheckInfo[]> {
  return (await import("./list.ts")).CHECK_LIST;
}

/** Written out, since whoever bundles the program has to see what may be loaded. */
const MODULES: Readonly<Record<CheckId, () => Promise<Readonly<Record<string, unknown>>>>> = {
  "config.valid": () => import("./config-valid.ts"),
  "config.sources": () => import("./config-sources.ts"),
  "layout.access": () => import("./layout-access.ts"),
  "runtime.onnx": () => import("./runtime-onnx.ts"),
  "model.files": () => import("./model-files.ts"),
  "model.language": () => import("./model-language.ts"),
  "pid.stale": () => import("./pid-files.ts"),
  "pid.foreign": () => import("./pid-files.ts"),
  "service.health": () => import("./service-health.ts"),
  "service.orphan": () => import("./service-orphan.ts"),
  "db.open": () => import("./db-open.ts"),
  "db.lock": () => import("./db-lock.ts"),
  "db.wal": () => import("./db-wal.ts"),
  "db.integrity": () => import("./db-integrity.ts"),
  "db.leftovers": () => import("./db-leftovers.ts"),
  "graph.rows": () => import("./graph-rows.ts"),
  "graph.edges": () => import("./graph-edges.ts"),
  "graph.vectors": () => import("./graph-vectors.ts"),
  "graph.drift": () => import("./graph-drift.ts"),
  "index.fts": () => import("./index-fts.ts"),
  "cache.open": () => import("./cache-open.ts"),
  "cache.rows": () => import("./cache-rows.ts"),
  "cache.size": () => import("./cache-size.ts"),
  "cache.remote": () => import("./cache-remote.ts"),
  "logs.size": () => import("./logs-size.ts"),
};

/** One check. Throws for an id that there is not. */
export async function loadCheck(id: string): Promise<Check> {
  const module: Readonly<Record<string, unknown>> | undefined = isKnown(id) ? await MODULES[id]() : undefined;
  const check = Object.values(module ?? {}).find((value): value is Check => isCheck(value, id));
  if (check === undefined) throw new Error(`there is no check ${id}`);
  return check;
}

function isKnown(id: string): id is CheckId {
  return Object.hasOwn(MODULES, id);
}

function isCheck(value: unknown, id: string): value is Check {
  return typeof value === "object" && value !== null && "run" in value && "id" in value && value.id === id;
}
