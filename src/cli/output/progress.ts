/**
 * How far a long command has come, on stderr (I10).
 *
 * On a terminal: the phase and a bar, drawn again in place; whatever else is to be said meanwhile goes through
 * `writeAboveProgress`, which puts it above the bar. Without a terminal, or beside JSON: a plain line every few
 * seconds. With `--quiet`: nothing. The work itself never waits for any of this.
 *
 * All of it is drawn, timed and estimated by `cli-progress`; what is ours is the wording of the line. The library is
 * old and finished, has one dependency and types, runs under Bun, and is the one of the well-used ones that does a
 * bar, the remaining time, lines above the bar and output without a terminal: `log-update` draws and nothing else,
 * `@clack/prompts` and `listr2` know no remaining time.
 */
import type { MultiBar, SingleBar } from "cli-progress";
import type { IngestProgress } from "../../ingest/index.ts";
import { escaped, formatCount, formatDuration } from "../../system/index.ts";
import { stderrShape } from "./standard-streams.ts";
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

/** Shorter work than this shows no bar, since it would only flash, and does not load the library. Milliseconds. */
const BAR_AFTER_MS = 250;
const PLAIN_LINES = { firstAfter: 3_000, every: 5_000 };
const LONGEST_BAR = 40;
const SHORTEST_BAR = 5;

/**
 * Samples for the remaining time are no closer together than this, so that those kept tell of the last twenty
 * seconds.
 */
const RESOLUTION_MS = 200;
const ETA_SAMPLES = 100;
const ENOUGH_MS = 1_000;
/** Before this much time and this many leaps, nothing is said of the remaining time. */
const ENOUGH_FOR_REMAINING_MS = 3_000;
const ENOUGH_LEAPS = 3;

const NO_WORK: Work = { done: 0, total: 0, computed: 0, hits: 0 };
const NOT_COMPUTING = { since: 0, before: NO_WORK, at: 0, leaps: 0, work: NO_WORK };

let drawn: LibraryProgress | undefined;

/** Starts showing progress. Whoever calls stops it, also when the work fails. */
export function createProgress(options: ProgressOptions): Progress {
  if (options.quiet) return new NoProgress();
  const { stderr, json, plainLines = PLAIN_LINES } = options;
  return new LibraryProgress(stderr, stderr.isTTY === true && !json ? undefined : plainLines);
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

/** A bar, or plain lines where it is told how often. */
class LibraryProgress implements Progress {
  readonly #stderr: ProgressStream;
  readonly #plain: typeof PLAIN_LINES | undefined;
  #start: ReturnType<typeof setTimeout>;
  #bars: MultiBar | undefined;
  #bar: SingleBar | undefined;
  #state: "running" | "stopped" = "running";
  #name = "";
  #work: Work | undefined;
  /** Since the first vector was computed in this phase. */
  #computing:
    | { readonly since: number; readonly before: Work; at: number; leaps: number; work: Work }
    | undefined;

  constructor(stderr: ProgressStream, plain: typeof PLAIN_LINES | undefined) {
    this.#stderr = stderr;
    this.#plain = plain;
    this.#start = setTimeout(() => void this.#draw(), BAR_AFTER_MS);
    this.#start.unref();
    if (plain === undefined) drawn = this;
  }

  phase(name: string): void {
    this.#name = name;
    this.#work = undefined;
    this.#computing = undefined;
  }

  /**
   * Vectors from the cache cost nothing, and a run that goes on where another one stopped begins with thousands of
   * them: the clock starts with the moment before the first vector was computed. They also come in leaps, so several
   * are waited for.
   */
  update(work: Work): void {
    const before = this.#work ?? work;
    this.#work = work;
    const at = performance.now();
    if (this.#computing === undefined) {
      if (this.#bar === undefined || work.computed <= before.computed) return;
      this.#bar.start(work.total, before.done);
      this.#computing = { since: at, before, at, leaps: 0, work: before };
    }
    const last = this.#computing;
    if (at - last.at < RESOLUTION_MS && work.done < work.total) return;
    if (work.done > last.work.done) last.leaps++;
    last.at = at;
    last.work = work;
    this.#bar?.update(work.done);
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
    const { Format, MultiBar } = await import("cli-progress");
    if (this.#state === "stopped") return;
    const plain = this.#plain;
    this.#bars = new MultiBar({
      // The command line handles interruption itself, and restores nothing because nothing of the terminal is changed.
      gracefulExit: false,
      hideCursor: false,
      linewrap: true,
      clearOnComplete: true,
      // A line above takes the place of the bar, which is drawn anew then.
      forceRedraw: true,
      etaBuffer: ETA_SAMPLES,
      stream: (plain === undefined ? this.#stderr : linesTo(this.#stderr)) as NodeJS.WritableStream,
      ...(plain === undefined ? {} : { noTTYOutput: true, notTTYSchedule: plain.every }),
      format: (options, { eta }) =>
        plain === undefined
          ? this.#line(eta, (barsize, share) => Format.BarFormat(share, { ...options, barsize }))
          : [this.#name, ...this.#details(eta)].join(", "),
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: LONGEST_BAR,
    });
    this.#bar = this.#bars.create(1, 0);
    const untilFirst = Math.max(0, (plain?.firstAfter ?? 0) - BAR_AFTER_MS);
    this.#start = setTimeout(() => this.#bars?.update(), untilFirst);
  }

  /** From 0 to 1; a phase without figures has none. */
  get #share(): number | undefined {
    const { done, total } = this.#work ?? { done: 0, total: 0 };
    return total <= 0 ? undefined : Math.min(1, done / total);
  }

  /** One line that never wraps: the name, a bar where there is room for one, and the figures. */
  #line(eta: number, bar: (size: number, share: number) => string): string {
    const columns = this.#stderr.columns || 80;
    const share = this.#share;
    const details = this.#details(eta);
    const taken = Bun.stringWidth([this.#name, ...details].join("  ")) + 4;
    const size = Math.min(LONGEST_BAR, columns - taken);
    const bars = share === undefined || size < SHORTEST_BAR ? [] : [bar(size, share)];
    return cutTo([this.#name, ...bars, ...details].join("  "), columns - 1);
  }

  /** Such as `43 %`, `212 texts/s`, `1,200 from the cache`, `2 min 5 s left`. */
  #details(eta: number): string[] {
    const share = this.#share;
    if (this.#work === undefined || share === undefined) return [];
    const { since, before, at, leaps, work } = this.#computing ?? NOT_COMPUTING;
    const elapsed = at - since;
    const rate = ((work.computed - before.computed) * 1000) / elapsed;
    // The library answers words where it knows no number.
    const isKnown = Number.isFinite(eta) && elapsed >= ENOUGH_FOR_REMAINING_MS && leaps >= ENOUGH_LEAPS;
    return [
      `${Math.floor(share * 100)} %`,
      ...(elapsed < ENOUGH_MS ? [] : [`${rate < 10 ? rate.toFixed(1) : formatCount(rate)} texts/s`]),
      ...(this.#work.hits === 0 ? [] : [`${formatCount(this.#work.hits)} from the cache`]),
      ...(isKnown && eta >= 1 && share < 1 ? [`${formatDuration(eta * 1000)} left`] : []),
    ];
  }
}

/** The library ends a line by a write of its own, and by an empty line where several bars could stand. */
function linesTo(stderr: ProgressStream): ProgressStream {
  return { write: (text) => (text.trim() === "" ? undefined : stderr.write(`amalfa: ${text}\n`)) };
}

/* Progress of an ingest, from the events that it reports. */

const PHASES: Readonly<Record<IngestProgress["phase"], string>> = {
  discover: "looking for documents",
  read: "reading and embedding",
  link: "linking",
  write: "writing the graph",
  embed: "searchable by words; computing vectors",
};

export interface DownloadProgressDisplay extends Disposable {
  readonly update: (received: number, total: number) => void;
}

/** Progress of a download in bytes; whoever calls disposes of it, also when the download fails. */
export function downloadProgress(
  options: { readonly quiet: boolean; readonly json: boolean },
  name: string,
): DownloadProgressDisplay {
  const progress = createProgress({ stderr: stderrShape(), quiet: options.quiet, json: options.json });
  progress.phase(`downloading ${escaped(name)}`);
  return {
    update: (done, total) => progress.update({ done, total, computed: 0, hits: 0 }),
    [Symbol.dispose]: () => progress.stop(),
  };
}

export interface IngestProgressDisplay extends Disposable {
  readonly update: (event: IngestProgress) => void;
  readonly stop: () => void;
}

/** Starts showing progress on stderr; whoever calls stops it, also when the ingest fails. */
export function ingestProgress(options: {
  readonly quiet: boolean;
  readonly json: boolean;
}): IngestProgressDisplay {
  const progress = createProgress({ stderr: stderrShape(), quiet: options.quiet, json: options.json });
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
