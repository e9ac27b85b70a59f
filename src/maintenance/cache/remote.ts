/** The remote vector cache, for whoever looks after a project: how it is, and removing what nobody uses there. */
import type { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { requireCacheFile } from "../../embedding/cache/index.ts";
import {
  loadRemote,
  type PackPlace,
  type Packs,
  type PullReport,
  type PushReport,
  RemoteFault,
  type RemotePruning,
} from "../../embedding/remote/index.ts";
import { ChunkKeys } from "../../graph/index.ts";
import {
  type Model,
  type Project,
  type RemoteOrigin,
  type RemoteUse,
  remoteOf,
  requireModel,
} from "../../project/index.ts";
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
    if (use.url.kind === "packs") return { ...about, ...(await lookAtPacks(project, use)) };
    const { examineServer } = await loadRemote();
    const found = await examineServer(use, model, localKeys(project.paths.vectorCache, model));
    return { ...about, state: "used", reason: null, ...found, mayWrite: found.mayWrite ?? null };
  } catch (error) {
    if (!(error instanceof RemoteFault)) throw error;
    return { ...about, state: "fault", reason: error.message, ...nothing };
  }
}

/** Only its index is asked for: whether something could be put there shows when it is. */
async function lookAtPacks(project: Project, use: RemoteUse) {
  const started = performance.now();
  using packs = await packsOf(project, use);
  await packs.index();
  const latencyMs = Math.round((performance.now() - started) * 100) / 100;
  return { state: "used" as const, reason: null, latencyMs, mayWrite: null, asked: 0, found: 0, proved: 0 };
}

async function packsOf(
  project: Project,
  use: RemoteUse,
  bounds: Pick<PackPlace, "most" | "signal"> = {},
): Promise<Packs> {
  const remotes = await loadRemote();
  return new remotes.Packs({ ...ownRows(project), use, ...bounds });
}

/** What of this machine's vector cache others may have. */
function ownRows({ settings, paths }: Project): Pick<PackPlace, "model" | "cachePath" | "ownKeys"> {
  const ownKeys = () => new ChunkKeys(paths.database);
  return { model: requireModel(settings.model), cachePath: paths.vectorCache, ownKeys };
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
  if (use.url.kind === "packs") {
    using packs = await packsOf(project, use);
    return (await packs.index()).packs.reduce((sum, { entries }) => sum + entries, 0);
  }
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

/** Removes what nobody has asked for in all that time. Throws `remote.*`. */
export async function pruneRemote(
  project: Project,
  options: { readonly olderThanMs: number; readonly dryRun: boolean },
): Promise<RemotePruneReport> {
  const use = await usable(project, options.dryRun ? "read" : "write");
  const { url } = use;
  const pruned = await reaching(use, async () => {
    if (url.kind === "redis") return (await loadRemote()).pruneServer(use, options);
    using packs = await packsOf(project, use);
    return await packs.prune(options.olderThanMs, options.dryRun);
  });
  return { url: url.shown, dryRun: options.dryRun, ...pruned };
}

export interface TransferOptions {
  readonly dryRun: boolean;
  /** Told before anything is put there for the first time. */
  readonly onNotice: (message: string) => void;
  /** Ends it: `interrupted` is thrown then. */
  readonly signal?: AbortSignal | undefined;
}

export interface RemoteTransfer<Report> {
  readonly url: string;
  readonly dryRun: boolean;
  readonly report: Report;
}

/** Fetches packs that are new. Throws `remote.*`, and `cache.*`. */
export async function pullFromRemote(
  project: Project,
  { dryRun, signal }: Pick<TransferOptions, "dryRun" | "signal">,
): Promise<RemoteTransfer<PullReport>> {
  const use = await usable(project, "read");
  if (use.url.kind === "redis") {
    throw new AmalfaError(
      "remote.live",
      `There are no packs to fetch: ${use.url.shown} is asked row by row, by each ingest that misses something.`,
    );
  }
  const report = await reaching(use, async () => {
    using packs = await packsOf(project, use, { signal });
    return await packs.pull(dryRun);
  });
  return { url: use.url.shown, dryRun, report };
}

/** Puts there what the remote does not have. Throws `remote.*`, and `cache.*`. */
export async function pushToRemote(
  project: Project,
  { dryRun, onNotice, signal }: TransferOptions,
): Promise<RemoteTransfer<PushReport>> {
  const use = await usable(project, dryRun ? "read" : "write");
  requireCacheFile(project.paths.vectorCache);
  const report = await reaching(use, async () => {
    const { announceUpload, pushRows } = await loadRemote();
    if (!dryRun) await announceUpload(use, onNotice);
    if (use.url.kind === "redis") return await pushRows({ ...ownRows(project), use, signal }, dryRun);
    // What others have put there is fetched to be told apart, and nobody has asked for all of it.
    const most = { bytes: project.settings.cache.maxBytes, ms: Number.POSITIVE_INFINITY };
    using packs = await packsOf(project, use, { most, signal });
    return await packs.push(dryRun);
  });
  return { url: use.url.shown, dryRun, report };
}

/** The remote to do something with. Throws `remote.none` and `remote.mode`. */
async function usable(project: Project, what: "read" | "write"): Promise<RemoteUse> {
  const decision = await remoteOf(project);
  if (decision.kind === "none") throw new AmalfaError("remote.none", "No remote vector cache is in use.");
  if (decision.kind !== "use") throw new AmalfaError("remote.none", `${capitalized(decision.message)}.`);
  const { use } = decision;
  if (what === "write" && use.mode === "read") {
    throw new AmalfaError(
      "remote.mode",
      `The remote vector cache ${use.url.shown} is used for reading alone.`,
    );
  }
  return use;
}

async function reaching<T>({ url }: RemoteUse, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RemoteFault)) throw error;
    throw new AmalfaError(
      "remote.fault",
      `The remote vector cache ${url.shown} is at fault: ${error.message}.`,
    );
  }
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
