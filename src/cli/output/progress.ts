/**
 * How far a long command has come, on stderr (I10).
 *
 * On a terminal: the phase and a bar, drawn again in place; whatever else is to be said meanwhile goes through
 * `writeAboveProgress`, which puts it above the bar. Without a terminal, or beside JSON: a plain line every few seconds.
 * With `--quiet`: nothing. The work itself never waits for any of this.
 */
import type { MultiBar, SingleBar } from "cli-progress";
import type { IngestProgress } from "../../ingest/index.ts";
import { formatCount, formatDuration } from "../../system/index.ts";
import { writeToStderr } from "./standard-streams.ts";
import { cutTo } from "./table.ts";
import type { OutputStream } from "./terminal.ts";

/** How much of a phase is done; all figures are totals since the phase began. */
export interface Work {
  /** In any unit, such as bytes. */
  readonly done: number;
  readonly total: number;
  /** Vectors computed. */
  readonly computed: number;
  /** Vectors taken from the vector cache. */
  readonly hits: number;
}

export interface Progress extends Disposable {
  /** A new phase begins, as in "reading and embedding". */
  phase(name: string): void;
  update(work: Work): void;
  /** Removes the bar; safe to call more than once. */
  stop(): void;
}

/** The part of a stream that progress is written to. */
export interface ProgressStream extends OutputStream {
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly stderr: ProgressStream;
  readonly quiet: boolean;
  readonly json: boolean;
  /** When the first plain line appears and how often others follow, in milliseconds. */
  readonly plainLines?: { readonly firstAfter: number; readonly every: number };
}

/** Shorter work than this shows no bar, since it would only flash. Milliseconds. */
const BAR_AFTER_MS = 250;
/** Less than this is over before it is read. */
const SHORTEST_REMAINING_MS = 1_000;
const PLAIN_LINES = { firstAfter: 3_000, every: 5_000 };

let drawn: BarProgress | undefined;

/** Starts showing progress. Whoever calls stops it, also when the work fails. */
export function createProgress(options: ProgressOptions): Progress {
  if (options.quiet) return new NoProgress();
  if (options.stderr.isTTY === true && !options.json) return new BarProgress(options.stderr);
  return new PlainProgress(options.stderr, options.plainLines ?? PLAIN_LINES);
}

/** Writes a line to stderr, above the bar if there is one. */
export function writeAboveProgress(stderr: ProgressStream, line: string): void {
  if (drawn?.writeAbove(line) === true) return;
  stderr.write(`${line}\n`);
}

class NoProgress implements Progress {
  phase(): void {}
  update(): void {}
  stop(): void {}
  [Symbol.dispose](): void {}
}

/** What both kinds show. */
class Status {
  name = "";
  work: Work | undefined;
  readonly #rate = new RateEstimate();

  begin(name: string): void {
    this.name = name;
    this.work = undefined;
    this.#rate.reset();
  }

  update(work: Work): void {
    this.work = work;
    this.#rate.add({ at: performance.now(), done: work.done, computed: work.computed });
  }

  /** From 0 to 1; a phase without figures has none. */
  get share(): number | undefined {
    return this.work === undefined || this.work.total <= 0
      ? undefined
      : Math.min(1, this.work.done / this.work.total);
  }

  /** Such as `43 %`, `212 texts/s`, `1,200 from the cache`, `2 min 5 s left`. */
  details(): string[] {
    const { work, share } = this;
    if (work === undefined || share === undefined) return [];
    const { computedPerSecond, remainingMs } = this.#rate.estimate(work);
    return [
      `${Math.floor(share * 100)} %`,
      ...(computedPerSecond === undefined ? [] : [`${formatRate(computedPerSecond)} texts/s`]),
      ...(work.hits === 0 ? [] : [`${formatCount(work.hits)} from the cache`]),
      ...(remainingMs === undefined || remainingMs < SHORTEST_REMAINING_MS
        ? []
        : [`${formatDuration(Math.ceil(remainingMs / 1000) * 1000)} left`]),
    ];
  }
}

class PlainProgress implements Progress {
  readonly #status = new Status();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(stderr: ProgressStream, { firstAfter, every }: { firstAfter: number; every: number }) {
    let next = performance.now() + firstAfter;
    this.#timer = setInterval(
      () => {
        if (performance.now() < next || this.#status.name === "") return;
        next = performance.now() + every;
        stderr.write(`amalfa: ${[this.#status.name, ...this.#status.details()].join(", ")}\n`);
      },
      Math.min(500, firstAfter, every),
    );
    this.#timer.unref();
  }

  phase(name: string): void {
    this.#status.begin(name);
  }

  update(work: Work): void {
    this.#status.update(work);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}

class BarProgress implements Progress {
  readonly #stderr: ProgressStream;
  readonly #status = new Status();
  readonly #start: ReturnType<typeof setTimeout>;
  #bars: MultiBar | undefined;
  #bar: SingleBar | undefined;
  #state: "running" | "stopped" = "running";

  constructor(stderr: ProgressStream) {
    this.#stderr = stderr;
    this.#start = setTimeout(() => void this.#draw(), BAR_AFTER_MS);
    this.#start.unref();
    drawn = this;
  }

  phase(name: string): void {
    this.#status.begin(name);
    this.#show();
  }

  update(work: Work): void {
    this.#status.update(work);
    this.#show();
  }

  stop(): void {
    if (this.#state === "stopped") return;
    this.#state = "stopped";
    clearTimeout(this.#start);
    this.#bars?.stop();
    if (drawn === this) drawn = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** Answers whether the line was written, which it is not while no bar is shown. */
  writeAbove(line: string): boolean {
    if (this.#bars === undefined || this.#state === "stopped") return false;
    this.#bars.log(`${line}\n`);
    this.#bars.update();
    return true;
  }

  async #draw(): Promise<void> {
    const { MultiBar } = await import("cli-progress");
    if (this.#state === "stopped") return;
    this.#bars = new MultiBar({
      // The command line handles interruption itself, and restores nothing because nothing of the terminal is changed.
      gracefulExit: false,
      hideCursor: false,
      linewrap: true,
      clearOnComplete: true,
      fps: 10,
      stream: this.#stderr as NodeJS.WritableStream,
      format: (options, params) =>
        statusLine(
          this.#status,
          (size) => {
            const filled = Math.round(params.progress * size);
            return (
              (options.barCompleteString ?? "").slice(0, filled) +
              (options.barIncompleteString ?? "").slice(0, size - filled)
            );
          },
          this.#stderr.columns || 80,
        ),
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: LONGEST_BAR,
    });
    this.#bar = this.#bars.create(1, 0);
    this.#show();
  }

  #show(): void {
    this.#bar?.update(this.#status.share ?? 0);
  }
}

const LONGEST_BAR = 40;

/** One line that never wraps: the name, a bar where there is room for one, and the figures. */
function statusLine(status: Status, bar: (size: number) => string, columns: number): string {
  const details = status.details();
  const taken = Bun.stringWidth([status.name, ...details].join("  ")) + 4;
  const size = Math.min(LONGEST_BAR, columns - taken);
  const parts =
    status.share !== undefined && size >= 5
      ? [status.name, bar(size), ...details]
      : [status.name, ...details];
  return cutTo(parts.join("  "), columns - 1);
}

function formatRate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : formatCount(perSecond);
}

/* Progress of an ingest, from the events that it reports. */

const PHASES: Readonly<Record<IngestProgress["phase"], string>> = {
  discover: "looking for documents",
  read: "reading and embedding",
  link: "linking",
  write: "writing the graph",
  embed: "searchable by words; computing vectors",
};

export interface IngestProgressDisplay extends Disposable {
  readonly update: (event: IngestProgress) => void;
  readonly stop: () => void;
}

/** Starts showing progress on stderr; whoever calls stops it, also when the ingest fails. */
export function ingestProgress(options: {
  readonly quiet: boolean;
  readonly json: boolean;
}): IngestProgressDisplay {
  const stderr = process.stderr.isTTY ? process.stderr : { write: writeToStderr };
  const progress = createProgress({ stderr, quiet: options.quiet, json: options.json });
  let phase: IngestProgress["phase"] | undefined;
  return {
    update: (event) => {
      if (event.phase !== phase) progress.phase(PHASES[event.phase]);
      phase = event.phase;
      if (event.phase === "read") showWork(progress, event);
      else if (event.phase === "embed") progress.update(event);
    },
    stop: () => progress.stop(),
    [Symbol.dispose]: () => progress.stop(),
  };
}

function showWork(progress: Progress, event: Extract<IngestProgress, { phase: "read" }>): void {
  const { bytes, totalBytes, computed, hits } = event;
  progress.update({ done: bytes, total: totalBytes, computed, hits });
}

/*
 * How fast vectors are being computed, and how long the rest will take.
 *
 * Vectors from the cache cost nothing, and a run that goes on where another one stopped begins with thousands of
 * them. An average since the start would promise that the rest goes as fast. So only time in which something was
 * computed counts, and of that only the latest.
 *
 * Vectors from the cache come in leaps. How long the rest takes can only be told from several samples; before that the answer would be
 * another one every second.
 */

/** A moment of the work. */
export interface Sample {
  /** Milliseconds, from any origin. */
  readonly at: number;
  /** Work done, in any unit. */
  readonly done: number;
  readonly computed: number;
}

export interface Estimate {
  readonly computedPerSecond: number | undefined;
  readonly remainingMs: number | undefined;
}

const WINDOW_MS = 20_000;
const ENOUGH_MS = 1_000;
/** Before this much time and this many leaps, nothing is said of the remaining time. */
const ENOUGH_FOR_REMAINING_MS = 3_000;
const ENOUGH_LEAPS = 3;
/** Samples closer together than this are merged, so that a fast run does not keep thousands of them. */
const RESOLUTION_MS = 200;

export class RateEstimate {
  #samples: Sample[] = [];
  #latest: Sample | undefined;
  /** Samples at which more work was done than at the one before. */
  #leaps = 0;

  reset(): void {
    this.#samples = [];
    this.#leaps = 0;
    this.#latest = undefined;
  }

  add(sample: Sample): void {
    const before = this.#latest;
    this.#latest = sample;
    if (this.#samples.length === 0) {
      // The clock starts with the moment before the first vector was computed.
      if (sample.computed > (before?.computed ?? 0)) this.#samples.push(before ?? sample, sample);
      return;
    }
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.at - last.at < RESOLUTION_MS) return;
    if (sample.done > (last?.done ?? 0)) this.#leaps++;
    this.#samples.push(sample);
    while (this.#samples.length > 2 && sample.at - (this.#samples[1]?.at ?? 0) > WINDOW_MS)
      this.#samples.shift();
  }

  estimate(work: { readonly done: number; readonly total: number }): Estimate {
    const first = this.#samples[0];
    const last = this.#latest;
    const elapsed = first === undefined || last === undefined ? 0 : last.at - first.at;
    if (first === undefined || last === undefined || elapsed < ENOUGH_MS) {
      return { computedPerSecond: undefined, remainingMs: undefined };
    }
    const done = last.done - first.done;
    const isKnown = done > 0 && elapsed >= ENOUGH_FOR_REMAINING_MS && this.#leaps >= ENOUGH_LEAPS;
    return {
      computedPerSecond: ((last.computed - first.computed) * 1000) / elapsed,
      remainingMs: isKnown ? (Math.max(0, work.total - work.done) * elapsed) / done : undefined,
    };
  }
}
