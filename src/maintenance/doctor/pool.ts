/**
 * Runs checks in processes of their own, several at a time, each with a deadline that holds whatever the check does.
 *
 * A check that runs out of time takes its process with it; the others of its lane go on in a new one. Every process
 * that is ended here was started here.
 */
import { availableParallelism, loadavg } from "node:os";
import { messageOf, programFile } from "../../system/index.ts";
import { bunProgram } from "../../system/process/index.ts";
import type { CheckInfo, CheckOutcome } from "./check.ts";
import type { CheckInput } from "./context.ts";
import type { CheckProcessReply, CheckProcessRequest } from "./process.ts";
import { type LoadedSettings, withoutSettings } from "./settings.ts";
import { THRESHOLDS } from "./thresholds.ts";

const PROGRAM = programFile("src/maintenance/doctor/process.ts");

/** Lanes whose checks take longest come first, so that the shorter ones fill the time beside them. */
export const LANES = [
  "graph",
  "index",
  "files",
  "cache",
  "integrity",
  "locks",
  "model",
  "services",
  "folders",
] as const;

/**
 * How long a process that is ended may take to be gone, in milliseconds; one that waits for a dead disk is never
 * gone.
 */
const END_MS = 1_000;

/** Processes at a time, at most. */
const MOST_PROCESSES = 8;

/** A lane that takes longer gets company, in milliseconds. */
const SLOW_MS = 500;

/** What became of one check. */
export interface CheckRun {
  readonly id: string;
  readonly outcome: CheckOutcome;
  readonly durationMs: number;
  /** True when the check could not look because permissions keep this user out. */
  readonly denied?: boolean;
}

export interface PoolOptions {
  readonly checks: readonly CheckInfo[];
  readonly input: Omit<CheckInput, "ownPids">;
  /** How long each check may take, in milliseconds; else what `THRESHOLDS` says. */
  readonly deadlineMs?: number | undefined;
  readonly onDone?: ((run: CheckRun) => void) | undefined;
}

/** Runs the checks and answers in their order. Never throws on account of a check. */
export async function runInProcesses({ checks, input, onDone, ...given }: PoolOptions): Promise<CheckRun[]> {
  const lanes = LANES.map((lane) => checks.filter((check) => check.lane === lane)).filter(
    (lane) => lane.length > 0,
  );
  const usual = input.deep ? THRESHOLDS.deepCheckDeadline : THRESHOLDS.checkDeadline;
  const deadlineMs = given.deadlineMs ?? usual;
  const pids = new Set<number>([process.pid]);
  const done = new Map<string, CheckRun>();
  const finish = (run: CheckRun): void => {
    done.set(run.id, run);
    onDone?.(run);
  };
  const workers: Promise<void>[] = [];
  const work = async (): Promise<void> => {
    // A process takes a while to begin, so one lane after the other is run in the same.
    const run: LaneRun = { deadlineMs, pids, input, finish, child: undefined };
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
      // Whoever is slow waits for something, for a service or a disk, and leaves its processor to others.
      const slow = setTimeout(() => {
        if (!isBusyMachine()) startWorker(MOST_PROCESSES);
      }, SLOW_MS);
      await runLane(lane, run);
      clearTimeout(slow);
    }
    await run.child?.end();
  };
  const startWorker = (most: number): void => {
    if (lanes.length > 0 && workers.length < most) workers.push(work());
  };
  for (let count = Math.max(2, availableParallelism()); count > 0; count--) startWorker(MOST_PROCESSES);
  // The list may grow while it is waited for.
  for (const worker of workers) await worker;
  return checks.map(({ id }) => done.get(id)!);
}

/**
 * Whether more wants to run than can: then every lane is slow, none because it waits, and each further process takes
 * its start from the others. Systems that count no load say 0.
 */
function isBusyMachine(): boolean {
  return loadavg()[0]! > 2 * Math.max(2, availableParallelism());
}

interface LaneRun {
  readonly deadlineMs: number;
  /** All processes of this diagnosis. */
  readonly pids: Set<number>;
  readonly input: Omit<CheckInput, "ownPids">;
  readonly finish: (run: CheckRun) => void;
  /** The process that checks run in, until it ends. */
  child: CheckProcess | undefined;
}

async function runLane(lane: readonly CheckInfo[], run: LaneRun): Promise<void> {
  const { deadlineMs, pids, input, finish } = run;
  for (const { id } of lane) {
    const started = performance.now();
    try {
      run.child ??= await CheckProcess.start(pids);
      const reply = await run.child.ask(
        { kind: "check", id, input: { ...input, ownPids: [...pids] } },
        deadlineMs,
      );
      switch (reply.kind) {
        case "outcome":
          finish({ id, outcome: reply.outcome, durationMs: reply.durationMs });
          break;
        case "failed": {
          const { reason, durationMs, denied } = reply;
          finish({ id, outcome: couldNotBeChecked(id, reason, denied), durationMs, denied });
          break;
        }
        default:
          throw new Error("it answered something else");
      }
    } catch (error) {
      finish({
        id,
        outcome:
          error instanceof Late
            ? couldNotBeInTime(id, error.message)
            : couldNotBeChecked(id, messageOf(error)),
        durationMs: performance.now() - started,
      });
      if (run.child?.ended === true) run.child = undefined;
    }
  }
}

/** Time ran out, which on a busy machine says nothing of what was to be looked at. */
class Late extends Error {}

/** A status of its own: neither in order nor a fault. */
function couldNotBeInTime(id: string, reason: string): CheckOutcome {
  const again = `\`amalfa doctor --check ${id} --timeout 120\` gives it more time`;
  return { message: `could not be looked at in time: ${reason}; ${again}`, findings: [], late: true };
}

/** What is unknown is not in order. */
function couldNotBeChecked(id: string, reason: string, denied = false): CheckOutcome {
  const message = `could not be checked: ${reason.replace(/\.$/, "")}`;
  const unknown = "Nothing is known of what it looks at, which is neither good nor bad news.";
  const why = denied ? unknown : `${unknown} \`--deep\` gives every check a minute.`;
  const commands = denied ? ["amalfa doctor --check layout.access"] : [];
  return {
    message,
    findings: [{ severity: "warning", message: `${id} ${message}.`, why, subject: id, commands }],
  };
}

/** Runs the project's settings file, which is a program, with a deadline. Never throws. */
export async function loadSettingsInProcess(
  root: string,
  deadlineMs: number = THRESHOLDS.checkDeadline,
): Promise<LoadedSettings> {
  let child: CheckProcess | undefined;
  try {
    child = await CheckProcess.start(new Set());
    const reply = await child.ask({ kind: "settings", root }, deadlineMs);
    if (reply.kind === "settings") return reply.loaded;
    throw new Error(reply.kind === "failed" ? reply.reason : "it answered something else");
  } catch (error) {
    return withoutSettings(root, [{ key: "", message: `cannot be run: ${messageOf(error)}` }]);
  } finally {
    await child?.end();
  }
}

class CheckProcess {
  readonly #child: Bun.Subprocess<"ignore", "ignore", "ignore">;
  #waiting: { resolve: (reply: CheckProcessReply) => void; reject: (error: Error) => void } | undefined;
  #onBegin: (() => void) | undefined;
  ended = false;

  private constructor() {
    this.#child = Bun.spawn(bunProgram(PROGRAM), {
      stdio: ["ignore", "ignore", "ignore"],
      serialization: "advanced",
      ipc: (reply: CheckProcessReply) => {
        if (reply.kind === "began") this.#onBegin?.();
        else this.#settle()?.resolve(reply);
      },
      onExit: (_child, code, signal) => {
        this.ended = true;
        const how = signal === null ? `ended with status ${code}` : `was ended by signal ${signal}`;
        this.#settle()?.reject(new Error(`its process ${how}`));
      },
    });
  }

  static async start(pids: Set<number>): Promise<CheckProcess> {
    const started = new CheckProcess();
    pids.add(started.#child.pid);
    await started.#reply(THRESHOLDS.checkStart, "its process did not start");
    return started;
  }

  async ask(request: CheckProcessRequest, deadlineMs: number): Promise<CheckProcessReply> {
    if (this.ended) throw new Error("its process has ended");
    const reply = this.#reply(THRESHOLDS.checkStart, "its process did not begin", {
      milliseconds: deadlineMs,
      late: `it took longer than ${deadlineMs / 1000} s`,
    });
    this.#child.send(request);
    return reply;
  }

  /** Resolves once it has ended, so that it has nothing open any more, or cannot be made to. */
  async end(): Promise<void> {
    this.ended = true;
    this.#child.kill("SIGKILL");
    const { promise: patience, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, END_MS);
    await Promise.race([this.#child.exited, patience]);
    clearTimeout(timer);
  }

  /** @param once what holds from when the process says that it has begun */
  #reply(
    milliseconds: number,
    late: string,
    once?: { readonly milliseconds: number; readonly late: string },
  ): Promise<CheckProcessReply> {
    const { promise, resolve, reject } = Promise.withResolvers<CheckProcessReply>();
    this.#waiting = { resolve, reject };
    const giveUpAfter = (time: number, reason: string) =>
      setTimeout(() => {
        this.#settle()?.reject(new Late(reason));
        void this.end();
      }, time);
    let timer = giveUpAfter(milliseconds, late);
    this.#onBegin = () => {
      if (once === undefined) return;
      clearTimeout(timer);
      timer = giveUpAfter(once.milliseconds, once.late);
    };
    return promise.finally(() => {
      clearTimeout(timer);
      this.#onBegin = undefined;
    });
  }

  #settle() {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }
}
