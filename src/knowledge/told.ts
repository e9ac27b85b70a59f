/** What an answer says of itself: whether it is what the files say now, and how much of the meaning is there. */
import { formatCount } from "../system/index.ts";

export interface Freshness {
  /**
   * `current`: the graph is what the files say. `refreshed`: it was not, and the difference was brought in before the
   * answer. `behind`: it is not. `unknown`: not everything could be compared in the time that an answer may take.
   * What is shown was compared with its file in any case.
   */
  readonly state: "current" | "refreshed" | "behind" | "unknown";
  /** Documents that files and graph differed by. */
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Why the difference was not brought in, or why nothing is known, a clause. */
  readonly reason?: string;
}

/** Vectors that are still to be computed. */
export interface Pending {
  /** Chunks without a vector. */
  readonly chunks: number;
  /** The share of all chunks that have one, from 0 to 1. */
  readonly share: number;
  /** How long the ingest that computes them will take, in seconds; only where one is at work and has told its pace. */
  readonly secondsLeft?: number;
}

/** What every answer carries besides itself. `pending` only while there is something pending. */
export interface Told {
  readonly freshness: Freshness;
  readonly pending?: Pending;
}

/** Who has not what nothing has: where the graph is not what the files say, only the graph is known. */
export function noDocument(...each: readonly { readonly freshness?: Pick<Freshness, "state"> }[]): string {
  const isBehind = each.some(({ freshness }) => ["behind", "unknown"].includes(freshness?.state ?? ""));
  return isBehind ? "No document in the graph" : "No document";
}

/** One line for people; undefined where there is nothing to be said. */
export function toldLine({ freshness, pending }: Told): string | undefined {
  const lines = [freshnessLine(freshness), pending === undefined ? undefined : pendingLine(pending)];
  const said = lines.filter((line) => line !== undefined);
  return said.length === 0 ? undefined : said.join("; ");
}

/** A text that is the same until there is something new to be said; what changes with every answer is not in it. */
export function toldState({ freshness, pending }: Told): string {
  const { state, reason = "" } = freshness;
  return `${state} ${reason} ${pending === undefined ? "complete" : "pending"}`;
}

function freshnessLine(freshness: Freshness): string | undefined {
  const counts = countsOf(freshness);
  switch (freshness.state) {
    case "current":
      return undefined;
    case "refreshed":
      return `brought in first: ${counts}`;
    case "behind":
      return `the graph is behind the files: ${counts}${nextFor(freshness)}`;
    case "unknown":
      return (
        (freshness.reason ?? "not every file could be compared with the graph in time") +
        (counts === "" ? "" : `; brought in first: ${counts}`)
      );
  }
}

function countsOf(freshness: Freshness): string {
  const kinds = (["added", "changed", "removed"] as const).filter((kind) => freshness[kind] > 0);
  return kinds.map((kind) => `${freshness[kind]} ${kind}`).join(", ");
}

function nextFor({ reason }: Freshness): string {
  return reason === undefined ? "" : ` (${reason})`;
}

function pendingLine({ chunks, share, secondsLeft }: Pending): string {
  const percent = Math.floor(share * 100);
  const rest =
    chunks === 1
      ? "1 passage is found by its words only"
      : `${formatCount(chunks)} passages are found by their words only`;
  return secondsLeft === undefined
    ? `meaning: ${percent} %: ${rest}; \`amalfa init\` computes the rest`
    : `meaning: ${percent} %, ${timeLeft(secondsLeft)}: until then ${rest}`;
}

function timeLeft(seconds: number): string {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s left` : `${Math.round(seconds / 60)} min left`;
}
