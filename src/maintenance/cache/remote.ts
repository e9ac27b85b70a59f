/** The remote vector cache, for whoever looks after a project: how it is, and removing what nobody uses there. */
import type { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { loadRemote, RemoteFault, type RemotePruning } from "../../embedding/remote/index.ts";
import { type Model, type Project, requireModel } from "../../project/index.ts";
import { type RemoteOrigin, type RemoteUse, remoteOf } from "../../project/remote/index.ts";
import { openToRead } from "../../sqlite/index.ts";
import { AmalfaError } from "../../system/index.ts";

export interface RemoteReport {
  /** Its address without anything secret. */
  readonly url: string;
  /** `used`: it answers. `fault`: it does not. `ignored`, `refused`: it is named, and nobody asks it. */
  readonly state: "used" | "fault" | "ignored" | "refused";
  /** Why it is not used; null where it is. A clause. */
  readonly reason: string | null;
  readonly from: RemoteOrigin | null;
  readonly mode: "read" | "readwrite" | null;
  /** Whether only rows that are signed are taken. */
  readonly signed: boolean;
  readonly latencyMs: number | null;
  /** Whether rows may be put there; null where nobody wants to. */
  readonly mayWrite: boolean | null;
  /** Of so many vectors of the local cache, those that it has, and those of them that are right. */
  readonly asked: number;
  readonly found: number;
  readonly proved: number;
}

/** Vectors of the local cache that are asked for. */
const SAMPLE = 200;

/** Undefined where no remote is named. Throws `config.invalid`. */
export async function reportOnRemote(project: Project): Promise<RemoteReport | undefined> {
  const decision = await remoteOf(project);
  if (decision.kind === "none") return undefined;
  const nothing = { latencyMs: null, mayWrite: null, asked: 0, found: 0, proved: 0 };
  if (decision.kind !== "use") {
    const { kind: state, shown: url, message: reason } = decision;
    return { url, state, reason, from: null, mode: null, signed: false, ...nothing };
  }
  const { use } = decision;
  const { url, from, mode, signingKey } = use;
  const about = { url: url.shown, from, mode, signed: signingKey !== undefined };
  const model = requireModel(project.settings.model);
  try {
    const { examineServer } = await loadRemote();
    const found = await examineServer(use, model, localKeys(project.paths.vectorCache, model));
    return { ...about, state: "used", reason: null, ...found, mayWrite: found.mayWrite ?? null };
  } catch (error) {
    if (!(error instanceof RemoteFault)) throw error;
    return { ...about, state: "fault", reason: error.message, ...nothing };
  }
}

/** What was used last of the local cache; nothing where it cannot be read, which is for others to report. */
function localKeys(path: string, model: Model): string[] {
  if (!existsSync(path)) return [];
  let db: Database | undefined;
  try {
    db = openToRead(path).db;
    return db
      .query("SELECT key FROM cache WHERE model = ? ORDER BY last_used DESC LIMIT ?")
      .values(model.id, SAMPLE)
      .flat() as string[];
  } catch {
    return [];
  } finally {
    db?.close();
  }
}

/** How long rows are counted, in milliseconds. */
const COUNT_MS = 2_000;

/** How many vectors of the project's model a remote that is used holds; null where that cannot be told. */
export async function countRemoteRows(project: Project): Promise<number | null> {
  const use = await usedRemote(project);
  if (use === undefined) return null;
  const { countRows } = await loadRemote();
  return (await countRows(use, requireModel(project.settings.model), COUNT_MS)) ?? null;
}

async function usedRemote(project: Project): Promise<RemoteUse | undefined> {
  const decision = await remoteOf(project);
  return decision.kind === "use" ? decision.use : undefined;
}

export interface RemotePruneReport extends RemotePruning {
  readonly url: string;
  readonly dryRun: boolean;
}

/** Removes what nobody has asked for in all that time. Throws `remote.none`, `remote.mode` and `remote.fault`. */
export async function pruneRemote(
  project: Project,
  options: { readonly olderThanMs: number; readonly dryRun: boolean },
): Promise<RemotePruneReport> {
  const decision = await remoteOf(project);
  if (decision.kind === "none") throw new AmalfaError("remote.none", "No remote vector cache is in use.");
  if (decision.kind !== "use") throw new AmalfaError("remote.none", `${capitalized(decision.message)}.`);
  const { use } = decision;
  if (use.mode === "read" && !options.dryRun) {
    throw new AmalfaError(
      "remote.mode",
      `The remote vector cache ${use.url.shown} is used for reading alone.`,
    );
  }
  try {
    const { pruneServer } = await loadRemote();
    return { url: use.url.shown, dryRun: options.dryRun, ...(await pruneServer(use, options)) };
  } catch (error) {
    if (!(error instanceof RemoteFault)) throw error;
    throw new AmalfaError(
      "remote.fault",
      `The remote vector cache ${use.url.shown} is at fault: ${error.message}.`,
    );
  }
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
