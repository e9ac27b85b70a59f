/**
 * Who walks the files of a project where several workers answer for it: one at a time, and what it finds is told to
 * all that asked before its walk began.
 *
 * Only that all is as a graph says can be told. Where something differs, nothing can be said in the time that there
 * is, or a worker has died or hangs in the middle, each walks for itself, all at once, until a walk finds all as it
 * should be again.
 */
import type { Found } from "../../knowledge/index.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import type { WorkerHandle } from "./worker-process.ts";

type Walker = Pick<WorkerHandle, "send">;

interface Waiting {
  readonly walker: Walker;
  readonly id: number;
  readonly after: number;
  readonly timer: Timer;
}

interface ProjectWalks {
  /** The latest walk that found all as it should be. */
  last: { readonly number: number; readonly found: Found } | undefined;
  isShared: boolean;
  readonly underWay: Map<number, Walker>;
  readonly waiting: Set<Waiting>;
}

/** A walk takes a tenth of this at most, unless the worker is kept from it. */
const WAIT_MS = 1_000;

export class SharedWalks {
  readonly #projects = new Map<string, ProjectWalks>();
  readonly #waitMs: number;
  #begun = 0;

  /** @param waitMs how long a walk of somebody else is waited for */
  constructor(waitMs: number = WAIT_MS) {
    this.#waitMs = waitMs;
  }

  /** How many have begun. What comes now has to wait for one of a greater number. */
  get begun(): number {
    return this.#begun;
  }

  ask(walker: Walker, { id, root, after, own }: Extract<FromWorker, { kind: "turn" }>): void {
    const project = this.#projectAt(root);
    const least = Math.min(after, this.#begun);
    if (!own && project.last !== undefined && project.last.number > least)
      tell(walker, { kind: "walked", id, ...project.last });
    else if (own || !project.isShared || project.underWay.size === 0) this.#begin(project, walker, id);
    else {
      const timer = setTimeout(() => this.#share(project, undefined), this.#waitMs);
      timer.unref();
      project.waiting.add({ walker, id, after: least, timer });
    }
  }

  ended({ number, root, found }: Extract<FromWorker, { kind: "walked" }>): void {
    const project = this.#projectAt(root);
    if (!project.underWay.delete(number)) return;
    if (found !== undefined && number > (project.last?.number ?? 0)) project.last = { number, found };
    this.#share(project, found === undefined ? undefined : project.last);
  }

  /** It has died. */
  gone(walker: Walker): void {
    for (const project of this.#projects.values()) {
      for (const each of project.waiting) if (each.walker === walker) stopWaiting(project, each);
      const lost = [...project.underWay].filter(([, by]) => by === walker);
      for (const [number] of lost) project.underWay.delete(number);
      if (lost.length > 0) this.#share(project, undefined);
    }
  }

  /** Answers those that wait, as far as they can be answered. */
  #share(project: ProjectWalks, last: ProjectWalks["last"]): void {
    project.isShared = last !== undefined;
    for (const each of [...project.waiting]) {
      const { walker, id, after } = each;
      const isAnswered = last !== undefined && last.number > after;
      // Whoever came during the walk is served by the next one, which the first of them begins.
      if (!isAnswered && project.isShared && project.underWay.size > 0) continue;
      stopWaiting(project, each);
      if (isAnswered) tell(walker, { kind: "walked", id, ...last });
      else this.#begin(project, walker, id);
    }
  }

  #begin(project: ProjectWalks, walker: Walker, id: number): void {
    const number = ++this.#begun;
    project.underWay.set(number, walker);
    tell(walker, { kind: "walk", id, number });
  }

  #projectAt(root: string): ProjectWalks {
    const known = this.#projects.get(root);
    if (known !== undefined) return known;
    const fresh = { last: undefined, isShared: true, underWay: new Map(), waiting: new Set<Waiting>() };
    this.#projects.set(root, fresh);
    return fresh;
  }
}

function stopWaiting(project: ProjectWalks, waiting: Waiting): void {
  clearTimeout(waiting.timer);
  project.waiting.delete(waiting);
}

function tell(walker: Walker, message: ToWorker): void {
  try {
    walker.send(message);
  } catch {
    // It is about to be known as dead.
  }
}
