/** An answer that says what the files say, from whichever process it is asked. */
import type { GraphReader } from "../graph-reader.ts";
import type { Freshness, Told } from "../told.ts";
import type { FreshnessGuard } from "./guard.ts";
import type { Checked, StaleDocuments } from "./stale.ts";

/** What a question came to, once what it would show was compared with the files. */
export interface Answered<T> {
  readonly value: T;
  /** Documents that are other than the graph says, and were left out or shown as their files are. */
  readonly stale: StaleDocuments;
  /** Loads what is needed to show them as their files are; the question is then asked again. */
  readonly prepare?: (() => Promise<unknown>) | undefined;
}

/** Where questions are put to. */
export interface FreshGraph {
  readonly guard: Pick<FreshnessGuard, "check" | "computeFew" | "tell" | "walksBegun">;
  /** Runs `work` on one snapshot of the graph. */
  readonly use: <T>(work: (reader: GraphReader) => T) => T;
}

/**
 * Many questions that come at once need one walk of the files, not one each: what was written before a question came
 * must be seen, and any walk that began later has seen it.
 *
 * @param came how many walks had begun when the question came
 */
export function cameAt({ guard, use }: FreshGraph, came: number): FreshGraph {
  const check: typeof guard.check = (first, earlier = came) => guard.check(first, Math.min(came, earlier));
  const tell: typeof guard.tell = (...told) => guard.tell(...told);
  const computeFew = () => guard.computeFew();
  return { guard: { check, computeFew, tell, walksBegun: () => guard.walksBegun() }, use };
}

/** Something that an answer needs and that is made elsewhere while files and graph are compared. */
export interface Meanwhile {
  /** Resolves to whether a model was asked for it, which is in memory then. */
  readonly until: Promise<boolean>;
  /** What can be asked of the graph without it. */
  readonly prepare: (reader: GraphReader, checked: Checked) => void;
}

/**
 * Compares files and graph, brings in what may be brought in, and asks. What turns out to have changed since, or was
 * not reached by the walk, is given a second chance to be brought in.
 */
export async function answerFresh<T>(
  { guard, use }: FreshGraph,
  ask: (reader: GraphReader, checked: Checked) => Answered<T>,
  meanwhile?: Meanwhile,
): Promise<T & Told> {
  let checked = await guard.check();
  if (meanwhile !== undefined) {
    const first = checked;
    use((reader) => meanwhile.prepare(reader, first));
    if (await meanwhile.until) await guard.computeFew();
  }
  // Of one snapshot: what the answer is made of, and how many vectors that still waits for.
  const answerNow = () =>
    use((reader) => {
      const { value, stale, prepare } = ask(reader, checked);
      return { stale, prepare, answer: { ...value, ...guard.tell(checked, reader, stale) } };
    });
  let now = answerNow();
  const stale = [...now.stale.changed, ...now.stale.removed];
  if (stale.length > 0 && checked.freshness.state !== "behind") {
    checked = together(checked, await guard.check(stale));
    now = answerNow();
  }
  if (now.prepare !== undefined) {
    await now.prepare();
    now = answerNow();
  }
  return now.answer;
}

/** Two checks, one after the other, as one. */
function together(first: Checked, second: Checked): Checked {
  if (second.freshness.state === "behind") return second;
  const sum = (kind: "added" | "changed" | "removed"): number =>
    first.freshness[kind] + second.freshness[kind];
  const states: readonly Freshness["state"][] = [first.freshness.state, second.freshness.state];
  const state = (["unknown", "refreshed", "current"] as const).find((each) => states.includes(each));
  const freshness = {
    state: state ?? "unknown",
    added: sum("added"),
    changed: sum("changed"),
    removed: sum("removed"),
  };
  return { ...second, freshness };
}
