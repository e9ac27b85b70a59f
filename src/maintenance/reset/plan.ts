/**
 * What a reset stops, deletes and keeps: a pure function of what was found. A dry run prints it, the prompt shows it,
 * and the real run carries it out.
 */
import { DATA_IGNORE_FILE } from "../../project/index.ts";
import type { RunningService } from "../../services/index.ts";
import { AmalfaError } from "../../system/index.ts";

/** Something to delete or to keep. */
export interface ResetItem {
  /** Relative to the project root, `/`-separated. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  readonly what: string;
  /** How it comes back; null for what cannot be made again. */
  readonly madeAgain: string | null;
}

/** An entry of `.amalfa` as it was found. */
interface FoundEntry {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  readonly what: string;
  readonly madeAgain: string | undefined;
}

export interface ResetObservation {
  readonly data:
    | { readonly kind: "absent" }
    | { readonly kind: "refused"; readonly reason: string }
    | { readonly kind: "present"; readonly identity: string; readonly entries: readonly FoundEntry[] };
  readonly services: readonly RunningService[];
  /** Left by interrupted resets, relative to the project root. */
  readonly leftovers: readonly Omit<ResetItem, "what" | "madeAgain">[];
  /** Written beside `.amalfa` by earlier versions, relative to the project root. */
  readonly strays: readonly Omit<ResetItem, "what" | "madeAgain">[];
  /** Names in `.amalfa` of what holds vectors and models, whether they are there or not. */
  readonly cacheEntries: readonly string[];
  /** Settings files, and a database or cache that lies outside `.amalfa`; relative to the project root, or absolute. */
  readonly kept: readonly string[];
}

export interface ResetChoice {
  readonly cache: "delete" | "keep";
  readonly strays: "delete" | "keep";
}

export interface ResetPlan {
  readonly stop: readonly RunningService[];
  /** Identity of the `.amalfa` that is deleted, undefined when there is none. */
  readonly data:
    | {
        readonly identity: string;
        readonly scope: "all" | "all but cache";
        /** Names in `.amalfa` that stay. */
        readonly staying: readonly string[];
      }
    | undefined;
  /** Entries of `.amalfa` that go. */
  readonly entries: readonly ResetItem[];
  readonly leftovers: readonly ResetItem[];
  readonly strays: readonly ResetItem[];
  readonly kept: readonly string[];
}

/** Throws `reset.refused` where what is there is not for amalfa to delete. */
export function planReset(found: ResetObservation, choice: ResetChoice): ResetPlan {
  if (found.data.kind === "refused") throw refusedReset(found.data.reason);
  const present = found.data.kind === "present" ? found.data : undefined;
  const isCache = ({ name }: FoundEntry): boolean => found.cacheEntries.includes(name);
  const cacheStays = choice.cache === "keep" && present?.entries.some(isCache) === true;
  const stays = (entry: FoundEntry): boolean =>
    cacheStays && (isCache(entry) || entry.name === DATA_IGNORE_FILE.name);
  const going = (present?.entries ?? []).filter((entry) => !stays(entry));
  const staying = (present?.entries ?? []).filter(stays).map(({ name }) => name);
  const keptStrays = choice.strays === "keep" ? found.strays.map(({ path }) => path) : [];
  return {
    stop: present === undefined ? [] : found.services,
    data:
      present === undefined || going.length === 0
        ? undefined
        : { identity: present.identity, scope: staying.length > 0 ? "all but cache" : "all", staying },
    entries: going.map(({ name, madeAgain, ...entry }) => ({
      path: `.amalfa/${name}`,
      ...entry,
      madeAgain: madeAgain ?? null,
    })),
    leftovers: found.leftovers.map((item) => ({
      ...item,
      what: "left by an interrupted reset",
      madeAgain: null,
    })),
    strays: (choice.strays === "delete" ? found.strays : []).map((item) => ({
      ...item,
      what: "written beside .amalfa by an earlier version",
      madeAgain: null,
    })),
    kept: [
      ...found.kept,
      ...staying.filter((name) => name !== DATA_IGNORE_FILE.name).map((name) => `.amalfa/${name}`),
      ...keptStrays,
    ],
  };
}

/** Whether a plan would do nothing at all. */
export function isEmptyPlan(plan: ResetPlan): boolean {
  return plan.data === undefined && plan.leftovers.length === 0 && plan.strays.length === 0;
}

/** @param reason a clause that begins with what is wrong */
export function refusedReset(reason: string): AmalfaError {
  return new AmalfaError("reset.refused", `Nothing was deleted: ${reason}.`);
}
