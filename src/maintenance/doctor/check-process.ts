/** A process that checks run in, from the side of the doctor. */
import { programFile } from "../../system/index.ts";
import { bunProgram } from "../../system/process/index.ts";
import type { CheckProcessReply, CheckProcessRequest } from "./process.ts";
import { THRESHOLDS } from "./thresholds.ts";

const PROGRAM = programFile("src/maintenance/doctor/process.ts");

/**
 * How long a process that is ended may take to be gone, in milliseconds; one that waits for a dead disk is never
 * gone.
 */
const END_MS = 1_000;

/** Time ran out, which on a busy machine says nothing of what was to be looked at. */
export class Late extends Error {}

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

  static async start(pids: Set<number>): Promise<CheckProcess> {
    const started = new CheckProcess();
    pids.add(started.#child.pid);
    await started.#reply(THRESHOLDS.checkStart, "its process did not start");
    return started;
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

function tookLonger(deadlineMs: number): string {
  return `it took longer than ${deadlineMs / 1000} s`;
}
