/**
 * Runs checks in processes of their own, several at a time, each with a deadline that holds whatever the check does.
 *
 * A check that runs out of time takes its process with it; the others of its lane go on in a new one. Every process
 * that is ended here was started here.
 */
import { availableParallelism, loadavg } from "node:os";
import { messageOf } from "../../system/index.ts";
import { type CheckInfo, type CheckOutcome, couldNotBeChecked } from "./check.ts";
import { CheckProcess, EndedBy, Late, NotStarted } from "./check-process.ts";
import type { CheckInput } from "./context.ts";
import type { CheckProcessReply } from "./process.ts";
import { type LoadedSettings, withoutSettings } from "./settings.ts";
import { THRESHOLDS } from "./thresholds.ts";

/** Lanes whose checks take longest come first, so that the shorter ones fill the time beside them. */
export const LANES = [
  "graph",
  "index",
  "files",
  "cache",
  "integrity",
  "lock",
  "log",
  "model",
  "services",
  "folders",
] as const;

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
  /** What kept it from looking, a clause. */
  readonly obstacle?: string;
  /** True when the database that it looks at is damaged. */
  readonly damaged?: boolean;
}

export interface PoolOptions {
  readonly checks: readonly CheckInfo[];
  readonly input: Omit<CheckInput, "ownPids" | "mapped">;
  /** How long each check may take, in milliseconds; else what `THRESHOLDS` says. */
  readonly deadlineMs?: number | undefined;
  readonly onDone?: ((run: CheckRun) => void) | undefined;
  /** Processes that were started for it already; all of them are used, or ended. */
  readonly ahead?: StartedAhead | undefined;
}

/** Processes that begin while the settings are read: each takes a while to be ready. */
export interface StartedAhead {
  readonly pids: Set<number>;
  readonly starting: Promise<CheckProcess>[];
}

export function startAhead(checks: readonly CheckInfo[]): StartedAhead {
  const pids = new Set<number>([process.pid]);
  const count = Math.min(usualProcesses(), new Set(checks.map(({ lane }) => lane)).size);
  const starting = Array.from({ length: count }, () => CheckProcess.start(pids));
  // Whoever takes one hears of it.
  for (const one of starting) one.catch(() => undefined);
  return { pids, starting };
}

/** Ends those that nobody has taken. */
export async function endAhead({ starting }: StartedAhead): Promise<void> {
  const started = await Promise.allSettled(starting.splice(0));
  await Promise.all(started.map((one) => (one.status === "fulfilled" ? one.value.end() : undefined)));
}

function usualProcesses(): number {
  return Math.max(2, availableParallelism());
}

/** Runs the checks and answers in their order. Never throws on account of a check. */
export async function runInProcesses({
  checks,
  input,
  onDone,
  ahead,
  ...given
}: PoolOptions): Promise<CheckRun[]> {
  const lanes = LANES.map((lane) => checks.filter((check) => check.lane === lane)).filter(
    (lane) => lane.length > 0,
  );
  const usual = input.deep ? THRESHOLDS.deepCheckDeadline : THRESHOLDS.checkDeadline;
  const deadlineMs = given.deadlineMs ?? usual;
  const { pids, starting } = ahead ?? { pids: new Set<number>([process.pid]), starting: [] };
  const done = new Map<string, CheckRun>();
  const finish = (run: CheckRun): void => {
    done.set(run.id, run);
    onDone?.(run);
  };
  const workers: Promise<void>[] = [];
  let unstartable: NotStarted | undefined;
  const work = async (): Promise<void> => {
    // A process takes a while to begin, so one lane after the other is run in the same.
    const run: LaneRun = { deadlineMs, pids, starting, input, finish, child: undefined };
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
      // Whoever is slow waits for something, for a service or a disk, and leaves its processor to others.
      const slow = setTimeout(() => {
        if (!isBusyMachine()) startWorker(MOST_PROCESSES);
      }, SLOW_MS);
      const obstacle = await runLane(lane, run);
      clearTimeout(slow);
      if (obstacle === undefined) continue;
      // Nor would the next one start, and to find that out takes seconds. Others, which run, take the rest.
      unstartable = obstacle;
      break;
    }
    await run.child?.end();
  };
  const startWorker = (most: number): void => {
    if (lanes.length > 0 && workers.length < most) workers.push(work());
  };
  for (let count = usualProcesses(); count > 0; count--) startWorker(MOST_PROCESSES);
  // The list may grow while it is waited for.
  for (const worker of workers) await worker;
  if (unstartable !== undefined) {
    for (const { id } of lanes.flat()) finish({ ...failedRun(id, unstartable.message), durationMs: 0 });
  }
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
  /** Those that were started ahead and nobody has taken. */
  readonly starting: Promise<CheckProcess>[];
  readonly input: Omit<CheckInput, "ownPids" | "mapped">;
  readonly finish: (run: CheckRun) => void;
  /** The process that checks run in, until it ends. */
  child: CheckProcess | undefined;
}

/**
 * Asks for a lane in one go, and again for what is left of it where a check has taken its process with it. Databases
 * are read through memory: where that ends the process because the disk does not give what was asked for, they are
 * read without from then on, and SQLite says what is wrong. Where no process can be started, what is left is not tried
 * one by one: then it answers why.
 */
async function runLane(lane: readonly CheckInfo[], run: LaneRun): Promise<NotStarted | undefined> {
  const { pids, input, finish, deadlineMs } = run;
  const left = lane.map(({ id }) => id);
  // What is mapped counts as memory in use, by which a look at every row would go.
  let mapped = !input.deep;
  let asked: CheckProcess | undefined;
  for (let id = left[0]; id !== undefined; id = left[0]) {
    const started = performance.now();
    try {
      let reply: CheckProcessReply;
      if (asked === undefined) {
        run.child ??= await (run.starting.shift() ?? CheckProcess.start(pids));
        asked = run.child;
        const request = {
          kind: "checks",
          ids: left,
          input: { ...input, ownPids: [...pids], mapped },
        } as const;
        reply = await asked.ask(request, deadlineMs);
      } else reply = await asked.next(deadlineMs);
      finish(runOf(id, reply));
    } catch (error) {
      await run.child?.end();
      run.child = undefined;
      asked = undefined;
      if (mapped && error instanceof EndedBy && error.signal === "SIGBUS") {
        mapped = false;
        continue;
      }
      const durationMs = performance.now() - started;
      const reason = messageOf(error);
      if (error instanceof NotStarted) {
        for (const each of left) finish({ ...failedRun(each, reason), durationMs });
        return error;
      }
      if (error instanceof Late) finish({ id, outcome: couldNotBeInTime(id, reason), durationMs });
      else finish({ ...failedRun(id, reason), durationMs });
    }
    left.shift();
  }
  return undefined;
}

function runOf(id: string, reply: CheckProcessReply): CheckRun {
  switch (reply.kind) {
    case "outcome":
      return { id, outcome: reply.outcome, durationMs: reply.durationMs };
    case "failed": {
      const { reason, denied, damaged, durationMs } = reply;
      return { ...failedRun(id, reason, denied), durationMs, denied, damaged };
    }
    default:
      throw new Error("it answered something else");
  }
}

function failedRun(id: string, reason: string, denied = false): Omit<CheckRun, "durationMs"> {
  const obstacle = reason.replace(/\.$/, "");
  const commands = denied ? ["amalfa doctor --check layout.access"] : [];
  return { id, obstacle, outcome: couldNotBeChecked(id, `: ${obstacle}`, undefined, commands) };
}

/** A status of its own: neither in order nor a fault. */
function couldNotBeInTime(id: string, reason: string): CheckOutcome {
  const again = `\`amalfa doctor --check ${id} --timeout 120\` gives it more time`;
  return { message: `could not be checked in time: ${reason}; ${again}`, findings: [], late: true };
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
