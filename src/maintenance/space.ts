/**
 * What room an ingest may need on the disk and in memory, and how much there is. A dry run says it; any other asks
 * before it begins, where there is little.
 */
import { readFileSync, statfsSync, statSync } from "node:fs";
import { defaultWorkers } from "../embedding/inference/index.ts";
import { locateModel } from "../embedding/model/index.ts";
import { countPending, openGraphToReadIfPresent } from "../graph/index.ts";
import { discover } from "../ingest/discovery/index.ts";
import { findDrift } from "../ingest/index.ts";
import { type Project, requireModel } from "../project/index.ts";
import { existingFolder } from "../system/files/index.ts";

export interface SpaceNeed {
  readonly needed: number;
  readonly free: number;
  /** The folder whose disk it is. */
  readonly place: string;
}

const MIB = 1024 * 1024;
/** With more than this free nobody is asked for the size of the documents, in bytes. */
const PLENTY = 1024 * MIB;
/**
 * What a byte of text takes: itself, its words, and a vector of 1.5 KiB for each chunk of some 1,000 bytes, in the
 * graph, its log and the cache.
 */
const BYTES_FOR_A_BYTE = 8;
/** A vector lies in the graph and in the cache, each with as much again for its share of the page and of the log. */
const PLACES_OF_A_VECTOR = 4;
/** Schema, lock and logs, whatever is ingested. */
const LEAST = 2 * MIB;

/** What may not fit; undefined where it does, or where that cannot be told. Looks only; never throws. */
export function findLackOfSpace(project: Project): SpaceNeed | undefined {
  try {
    if (roomOnDisk(project).free >= PLENTY) return undefined;
    const need = spaceNeed(project, workOf(project));
    return need.needed > need.free ? need : undefined;
  } catch {
    return undefined;
  }
}

function spaceNeed(project: Project, { bytes, pending }: Work): SpaceNeed {
  const { dimensions } = requireModel(project.settings.model);
  const vectors = pending * PLACES_OF_A_VECTOR * Float32Array.BYTES_PER_ELEMENT * dimensions;
  return { needed: LEAST + BYTES_FOR_A_BYTE * Math.ceil(bytes) + vectors, ...roomOnDisk(project) };
}

function roomOnDisk(project: Project): { free: number; place: string } {
  const place = existingFolder(project.paths.data);
  const { bavail, bsize } = statfsSync(place);
  return { free: bavail * bsize, place };
}

export interface MemoryNeed {
  readonly needed: number;
  readonly available: number;
}

/** Everything but the model. */
const PROCESS_BYTES = 120 * MIB;
/** Each worker holds the weights, the runtime holds them once more as it lays them out, and what a text takes. */
const COPIES_OF_WEIGHTS = 2;
const WORKER_BYTES = 24 * MIB;

/**
 * As `findLackOfSpace`, of memory. A machine without enough of it moves to the swap file, or the system ends the
 * process in the middle; both look as if nothing happened for a long time.
 */
export function findLackOfMemory(project: Project): MemoryNeed | undefined {
  try {
    const available = availableMemory();
    if (available === undefined || available >= PLENTY) return undefined;
    const needed = memoryNeeded(project);
    return needed > available && isAnything(workOf(project)) ? { needed, available } : undefined;
  } catch {
    return undefined;
  }
}

function memoryNeeded({ settings, paths }: Project): number {
  const weights = statSync(locateModel(requireModel(settings.model), paths.models).onnx).size;
  return PROCESS_BYTES + defaultWorkers() * (COPIES_OF_WEIGHTS * weights + WORKER_BYTES);
}

/** What an ingest would need, in bytes, and what is free. */
export interface Needs {
  readonly disk: { readonly needed: number; readonly free: number };
  /** As long as vectors are computed. */
  readonly memory: { readonly needed: number; readonly free: number };
}

/** Undefined where nothing would be ingested, or where it cannot be told. Looks only; never throws. */
export function estimateNeeds(project: Project): Needs | undefined {
  try {
    const work = workOf(project);
    const available = availableMemory();
    if (!isAnything(work) || available === undefined) return undefined;
    const { needed, free } = spaceNeed(project, work);
    return { disk: { needed, free }, memory: { needed: memoryNeeded(project), free: available } };
  } catch {
    return undefined;
  }
}

/** What processes may still take before the system takes it from others, in bytes; the limit of a container counts. */
function availableMemory(): number | undefined {
  if (process.platform !== "linux") return process.availableMemory();
  const [, kibibytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8")) ?? [];
  const ofMachine = kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  const inContainer = leftInContainer();
  return inContainer === undefined ? ofMachine : Math.min(inContainer, ofMachine ?? inContainer);
}

function leftInContainer(): number | undefined {
  const figure = (name: string): number => Number(readFileSync(`/sys/fs/cgroup/memory.${name}`, "utf8"));
  try {
    const left = figure("max") - figure("current");
    // "max" where there is no limit.
    return Number.isFinite(left) ? Math.max(0, left) : undefined;
  } catch {
    return undefined;
  }
}

/** What an ingest has to do. */
interface Work {
  /** Of documents that changed, by their number, since which ones is for the ingest to find out. */
  readonly bytes: number;
  /** Passages of the graph that have no vector yet. */
  readonly pending: number;
}

function isAnything({ bytes, pending }: Work): boolean {
  return bytes > 0 || pending > 0;
}

function workOf(project: Project): Work {
  const { root, settings, paths } = project;
  const { sources, excludePatterns } = settings;
  const discovery = discover({ root, sources, excludePatterns });
  const all = discovery.files.reduce((sum, { size }) => sum + size, 0);
  using db = openGraphToReadIfPresent(paths.database)?.db;
  const { added, changed } = findDrift(project, discovery, db);
  const bytes = discovery.files.length === 0 ? 0 : (all * (added + changed)) / discovery.files.length;
  return { bytes, pending: db === undefined ? 0 : countPending(db).chunks };
}
