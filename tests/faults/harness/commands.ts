/** Commands as real processes, and what may be said of how one ended. */
import type { Subprocess } from "bun";
import { isStarved } from "./processes.ts";

/** Statuses that the contract knows. */
const STATUSES: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 130]);

/** When a command counts as hanging: it only ends cases that would fail, and a busy machine takes its time. */
const LONGEST_MS = 240_000;

export interface CommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What is put before the program, such as `prlimit` and its options. */
  readonly before?: readonly string[];
  readonly input?: string;
  /** When it counts as hanging, in milliseconds. */
  readonly longestMs?: number | undefined;
}

export interface Ended {
  readonly args: readonly string[];
  /** Null where a signal ended it. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  readonly hung: boolean;
}

export class Running {
  readonly ended: Promise<Ended>;
  readonly #child: Subprocess<"ignore" | Uint8Array<ArrayBuffer>, "pipe", "pipe">;
  /** The signals that were sent to it; `AT_ONCE` where one was sent again. */
  readonly sent = new Set<string>();

  constructor(program: readonly string[], args: readonly string[], options: CommandOptions) {
    const started = performance.now();
    this.#child = Bun.spawn([...(options.before ?? []), ...program, ...args], {
      cwd: options.cwd,
      env: options.env,
      stdin: options.input === undefined ? "ignore" : new TextEncoder().encode(options.input),
      stdout: "pipe",
      stderr: "pipe",
    });
    this.ended = this.#wait(args, started, options.longestMs ?? LONGEST_MS);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    if (!this.isRunning) return;
    if (this.sent.has(name)) this.sent.add(AT_ONCE);
    this.sent.add(name);
    this.#child.kill(name);
  }

  async #wait(args: readonly string[], started: number, longestMs: number): Promise<Ended> {
    let hung = false;
    const giveUp = (): void => {
      if (isStarved(this.#child.pid, longestMs)) {
        timer = setTimeout(giveUp, longestMs / 8);
        return;
      }
      hung = true;
      this.#child.kill("SIGKILL");
    };
    let timer = setTimeout(giveUp, longestMs);
    const [stdout, stderr] = await Promise.all([
      new Response(this.#child.stdout).text(),
      new Response(this.#child.stderr).text(),
      this.#child.exited,
    ]);
    clearTimeout(timer);
    return {
      args,
      status: this.#child.signalCode === null ? this.#child.exitCode : null,
      signal: this.#child.signalCode === null ? null : String(this.#child.signalCode),
      stdout,
      stderr,
      ms: performance.now() - started,
      hung,
    };
  }
}

/** Whoever interrupts a command a second time wants it gone, not told of. */
const AT_ONCE = "at once";

/** What is wrong with how a command ended; nothing usually. @param sent signals that it was sent */
export function faultsOfEnding(ended: Ended, sent: ReadonlySet<string> = new Set()): string[] {
  const { status, signal, stdout, stderr, hung } = ended;
  const name = `\`${ended.args.join(" ")}\``;
  if (hung) return [`${name} did not end`];
  const text = `${stdout}\n${stderr}`;
  const faults: string[] = [];
  const say = (what: string): void => void faults.push(`${name} ${what}: ${excerpt(text)}`);
  if (/did not foresee/.test(text)) say("met something unforeseen");
  else if (/\n\s+at [^\n]*:\d+:\d+|panic\(|Segmentation fault/.test(text)) say("printed a stack");
  if (signal !== null && !sent.has(signal)) say(`was ended by ${signal}`);
  if (status !== null && !STATUSES.has(status)) say(`ended with status ${status}`);
  if (status === 130 && sent.has(AT_ONCE) && text.trim() === "") return faults;
  if (status !== null && ended.args.includes("--json")) {
    const document = parsed(stdout);
    if (document === undefined) say(`(status ${status}) printed something else than one document`);
    else if (status === 0 && document.ok === false) say("says that it is not done, with status 0");
    else if (status !== 0 && document.ok === true && status !== 3)
      say(`says that all is well, with status ${status}`);
  }
  if (status !== null && status !== 0 && stdout.trim() === "" && stderr.trim() === "")
    say(`ended with ${status} and no word`);
  return faults;
}

/** The one JSON document that was printed, or undefined. */
export function parsed<Document = { readonly ok?: boolean }>(text: string): Document | undefined {
  try {
    return JSON.parse(text) as Document;
  } catch {
    return undefined;
  }
}

function excerpt(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, " | ");
  return line.length > 600 ? `${line.slice(0, 300)} … ${line.slice(-300)}` : line;
}
