/** `models pull`: a model of the catalogue, from a hub into the user's folder of models. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { digestOf } from "../../embedding/model/index.ts";
import {
  type CatalogueEntry,
  catalogueEntry,
  findModel,
  type ModelFile,
  type ModelFiles,
  modelMeant,
  readModelRecord,
  sharedModels,
} from "../../project/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { adoptable, type EarlierFolder } from "./adopt.ts";
import { type Downloaded, download } from "./download.ts";
import { inWorkshop, requireRoom, type TakeOptions, unusable, type Workshop } from "./folder.ts";
import { fileUrl, type Hub, PATIENCE, type Patience, shown } from "./hub.ts";
import { install, type PulledFile, stateOf } from "./install.ts";

export interface PullOptions extends TakeOptions {
  readonly name: string;
  readonly hub: Hub;
  /** Fetch it again, and take it though it is not what it was the last time. */
  readonly force: boolean;
  /** Roots in which an earlier version may have left files of it. */
  readonly roots: readonly string[];
  readonly onProgress: (received: number, total: number) => void;
  readonly onPause: (milliseconds: number) => void;
  readonly patience?: Patience;
}

export interface PullReport {
  readonly name: string;
  readonly id: string;
  readonly state: "pulled" | "present" | "adopted" | "bundled";
  /** Where it lies; null for a model that comes with amalfa. */
  readonly folder: string | null;
  readonly source: string;
  readonly files: readonly PulledFile[];
}

/** The entry that a name means. Throws `model.name`. */
export function requireEntry(name: string): CatalogueEntry {
  const entry = catalogueEntry(name);
  if (entry !== undefined) return entry;
  throw new AmalfaError("model.name", `There is no model "${name}" in the catalogue.`, {
    hint: `${modelMeant(name)}\`amalfa models list\` shows all models; \`amalfa models add\` adds one from a folder.`,
  });
}

/** Throws `model.*`, `usage` and `interrupted`; then what was installed before is as it was. */
export async function pullModel(options: PullOptions): Promise<PullReport> {
  const entry = requireEntry(options.name);
  if (entry.origin === "bundled") return bundled(entry);
  const present = options.force ? undefined : presentModel(entry);
  if (present !== undefined) return present;
  return await inWorkshop(entry.name, options, async (workshop) => {
    // Whoever was waited for may have pulled it.
    const now = options.force ? undefined : presentModel(entry);
    if (now !== undefined) {
      rmSync(workshop.model, { recursive: true, force: true });
      return now;
    }
    const earlier = options.force ? undefined : adoptable(entry, options.roots);
    return earlier === undefined ? fetched(entry, options, workshop) : adopted(entry, earlier, workshop);
  });
}

function bundled(entry: CatalogueEntry): PullReport {
  const { id } = findModel(entry.name)!;
  return { name: entry.name, id, state: "bundled", folder: null, source: "amalfa", files: [] };
}

/** A model that is there and whole. */
function presentModel({ name }: CatalogueEntry): PullReport | undefined {
  const record = readModelRecord(name);
  const model = record === undefined ? undefined : findModel(name);
  if (record === undefined || model === undefined) return undefined;
  const folder = sharedPlace(name);
  if (folder === undefined || stateOf(model, folder).state !== "ok") return undefined;
  const files = Object.values(record.files).map((file: ModelFile) => ({
    ...file,
    bytes: digestOf(join(folder, file.path)).bytes,
    fetched: 0,
    digest: "recorded" as const,
  }));
  return { name, id: model.id, state: "present", folder, source: record.source, files };
}

function sharedPlace(name: string): string | undefined {
  const folder = sharedModels();
  const place = folder === undefined ? undefined : join(folder, name);
  return place !== undefined && existsSync(place) ? place : undefined;
}

const KINDS = ["tokenizerConfig", "tokenizer", "onnx"] as const;

async function fetched(entry: CatalogueEntry, options: PullOptions, workshop: Workshop): Promise<PullReport> {
  requireRoom(workshop.path, entry.download);
  const before = options.force ? undefined : readModelRecord(entry.name)?.files;
  const files: Partial<Record<keyof ModelFiles, PulledFile>> = {};
  let done = 0;
  try {
    for (const kind of KINDS) {
      const pinned = entry.files[kind].sha256;
      const earlier = before?.[kind].path === entry.files[kind].path ? before[kind].sha256 : undefined;
      const file = await fetchFile(entry, kind, pinned ?? earlier, { options, workshop, done });
      const digest = pinned !== undefined ? "pinned" : earlier !== undefined ? "recorded" : file.digest;
      files[kind] = { ...file, digest };
      done += file.bytes;
    }
  } catch (error) {
    throw unusable(error);
  }
  const source = shown(fileUrl(options.hub, entry.repository, "")).replace(/\/resolve\/main\/$/, "");
  const model = await install(entry, files as Record<keyof ModelFiles, PulledFile>, source, workshop);
  return {
    name: entry.name,
    id: model.id,
    state: "pulled",
    folder: sharedPlace(entry.name) ?? null,
    source,
    files: KINDS.map((kind) => files[kind]!),
  };
}

interface Fetching {
  readonly options: PullOptions;
  readonly workshop: Workshop;
  /** Bytes of the files before it. */
  readonly done: number;
}

/** Files of a model are larger than what the catalogue says of all of them by this much at most. */
const MARGIN = 64 * 1024 * 1024;

async function fetchFile(
  entry: CatalogueEntry,
  kind: keyof ModelFiles,
  sha256: string | undefined,
  { options, workshop, done }: Fetching,
): Promise<PulledFile> {
  const { path } = entry.files[kind];
  const { hub, signal, onProgress, onPause, patience = PATIENCE } = options;
  const place = join(workshop.model, path);
  mkdirSync(dirname(place), { recursive: true });
  const here = finished(place, sha256);
  if (here !== undefined) return { path, ...here, fetched: 0, digest: "recorded" };
  const url = fileUrl(hub, entry.repository, path);
  const downloading = download({
    hub,
    url,
    path: place,
    sha256,
    mostBytes: 2 * entry.download + MARGIN,
    patience,
    signal,
    onProgress: (received, total) =>
      onProgress(done + received, Math.max(entry.download, done + (total ?? 0))),
    onWait: onPause,
  });
  const isPinned = entry.files[kind].sha256 !== undefined;
  const found = await (isPinned ? downloading.catch(explainPin) : downloading);
  if (found !== undefined) return described(path, found);
  if (kind === "tokenizerConfig") return withoutConfig(path, place);
  throw new AmalfaError("model.unreachable", `${shown(url)} cannot be fetched: there is no such file.`, {
    hint: "See whether HF_ENDPOINT is the address of a hub that has this model. Nothing was installed.",
  });
}

/** Taking another file than the catalogue's is nothing that a user should be told to do. */
function explainPin(error: unknown): never {
  if (!(error instanceof AmalfaError) || error.code !== "model.digest") throw error;
  throw new AmalfaError(error.code, error.message, {
    hint: "Nothing was installed. amalfa knows that file: the hub, or something on the way, serves a different one.",
    cause: error,
  });
}

/** A file that an interrupted run had finished; one that nobody vouches for is fetched again. */
function finished(place: string, sha256: string | undefined) {
  if (sha256 === undefined || !existsSync(place)) return undefined;
  const found = digestOf(place);
  return found.sha256 === sha256 ? found : undefined;
}

function described(path: string, { sha256, bytes, fetched, announced }: Downloaded): PulledFile {
  return { path, sha256, bytes, fetched, digest: announced ? "announced" : "first seen" };
}

/** Most of what is in it matters to nobody here. */
function withoutConfig(path: string, place: string): PulledFile {
  writeFileSync(place, "{}\n");
  return { path, ...digestOf(place), fetched: 0, digest: "first seen" };
}

async function adopted(
  entry: CatalogueEntry,
  earlier: EarlierFolder,
  workshop: Workshop,
): Promise<PullReport> {
  const { files, source } = earlier.copyTo(workshop.model);
  const model = await install(entry, files, source, workshop);
  return {
    name: entry.name,
    id: model.id,
    state: "adopted",
    folder: sharedPlace(entry.name) ?? null,
    source,
    files: KINDS.map((kind) => files[kind]),
  };
}
