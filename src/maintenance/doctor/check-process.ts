/** A process that checks run in, from the side of the doctor. */
import { messageOf, programFile } from "../../system/index.ts";
import { bunProgram, whenStuck } from "../../system/process/index.ts";
import type { CheckProcessReply, CheckProcessRequest } from "./process.ts";
import { THRESHOLDS } from "./thresholds.ts";

const PROGRAM = programFile("src/maintenance/doctor/process.ts");

/**
 * How long a process that is ended may take to be gone, in milliseconds; one that waits for a dead disk is never
 * gone.
 */
const END_MS = 1_000;

const LIMITED =
  "perhaps the user or the container may have no more processes and threads (`ulimit -u`, `--pids-limit`)";

/** Time ran out, which on a busy machine says nothing of what was to be looked at. */
export class Late extends Error {}

/** It could not be started, or has ended or stopped before it was ready. */
export class NotStarted extends Error {}

export class EndedBy extends Error {
  constructor(
    readonly status: number | null,
    readonly signal: NodeJS.Signals | number | null,
  ) {
    super(
      signal === null
        ? `its process ended with status ${status}`
        : `its process was ended by signal ${signal}`,
    );
  }
}

export class CheckProcess {
  readonly #child: Bun.Subprocess<"ignore", "ignore", "ignore">;
  #waiting: { resolve: (reply: CheckProcessReply) => void; reject: (error: Error) => void } | undefined;
  #onBegin: (() => void) | undefined;
  /** Those that came before anybody asked for them. */
  readonly #early: CheckProcessReply[] = [];
  #end: EndedBy | undefined;
  ended = false;

  private constructor() {
    this.#child = Bun.spawn(bunProgram(PROGRAM), {
      stdio: ["ignore", "ignore", "ignore"],
      serialization: "advanced",
      ipc: (reply: CheckProcessReply) => {
        if (reply.kind === "began") this.#onBegin?.();
        else if (this.#waiting === undefined) this.#early.push(reply);
        else this.#settle()?.resolve(reply);
      },
      onExit: (child, code) => {
        this.ended = true;
        this.#end = new EndedBy(code, child.signalCode);
        this.#settle()?.reject(this.#end);
      },
    });
  }

  /** Throws `NotStarted`, and `Late`. */
  static async start(pids: Set<number>): Promise<CheckProcess> {
    const started = CheckProcess.#begun();
    const { pid } = started.#child;
    pids.add(pid);
    using _ = endedBySignals(started);
    const stopWatching = whenStuck(pid, () => {
      started.#settle()?.reject(new NotStarted(`its process does not go on; ${LIMITED}`));
      void started.end();
    });
    try {
      await started.#reply(THRESHOLDS.checkStart, "its process did not start");
      return started;
    } catch (error) {
      throw error instanceof EndedBy ? new NotStarted(`${error.message} before it began; ${LIMITED}`) : error;
    } finally {
      stopWatching();
    }
  }

  static #begun(): CheckProcess {
    try {
      return new CheckProcess();
    } catch (error) {
      throw new NotStarted(`its process could not be started: ${messageOf(error)}; ${LIMITED}`);
    }
  }

  /** The first reply to a request. */
  async ask(request: CheckProcessRequest, deadlineMs: number): Promise<CheckProcessReply> {
    if (this.ended) throw new Error("its process has ended");
    const reply = this.#reply(THRESHOLDS.checkStart, "its process did not begin", {
      milliseconds: deadlineMs,
      late: tookLonger(deadlineMs),
    });
    this.#child.send(request);
    return reply;
  }

  /** The next reply to the same request, at which the process has been since it sent the one before. */
  async next(deadlineMs: number): Promise<CheckProcessReply> {
    const early = this.#early.shift();
    if (early !== undefined) return early;
    if (this.#end !== undefined) throw this.#end;
    return this.#reply(deadlineMs, tookLonger(deadlineMs));
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
    const giveUp = (reason: string): void => {
      this.#settle()?.reject(new Late(reason));
      void this.end();
    };
    const giveUpAfter = (time: number, reason: string) => setTimeout(giveUp, time, reason);
    let timer = giveUpAfter(milliseconds, late);
    this.#onBegin = () => {
      if (once === undefined) return;
      clearTimeout(timer);
      // An answer may come in the same turn as the word that it was begun. Without any time it is late all the same.
      if (once.milliseconds === 0) giveUp(once.late);
      else timer = giveUpAfter(once.milliseconds, once.late);
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

/**
 * A process that has not begun does not know yet that it is to end with its parent, and would stay behind if a signal
 * ended that now.
 */
function endedBySignals(started: CheckProcess): Disposable {
  const act = (signal: NodeJS.Signals): void => {
    void started.end();
    stop();
    // Unless somebody else listens, it does then what it does otherwise.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const stop = (): void => {
    for (const signal of SIGNALS) process.off(signal, act);
  };
  for (const signal of SIGNALS) process.on(signal, act);
  return { [Symbol.dispose]: stop };
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

function tookLonger(deadlineMs: number): string {
  return `it took longer than ${deadlineMs / 1000} s`;
}
