/**
 * Folders that are followed in a process of their own (`subscriber.ts`), which may hang or die without anything else
 * doing so.
 */
import { dirname } from "node:path";
import { programFile } from "../../system/index.ts";
import type { SubscribeRequest, SubscriberMessage } from "./subscriber.ts";

const PROGRAM = programFile("src/services/watcher/subscriber.ts");

/**
 * How long nobody else waits for it, in milliseconds; it may become ready later, since a large tree on a slow disk
 * takes its time.
 */
const PATIENCE_MS = 10_000;

export interface SubscriptionEvents {
  readonly onChange: (what: "documents" | "folders") => void;
  /** Followed no more: one folder, or all where the process has ended. */
  readonly onLost: (reason: string | undefined) => void;
  /** All that can be followed is, after it was given up waiting for that. */
  readonly onLate: () => void;
}

export class Subscription {
  readonly #child: Bun.Subprocess<"ignore", "ignore", "ignore">;
  readonly #events: SubscriptionEvents;
  readonly #folders: readonly string[];
  #settle: (() => void) | undefined;
  #ended = false;
  #gaveUp = false;
  #failed: ReadonlyMap<string, string>;

  private constructor(request: SubscribeRequest, events: SubscriptionEvents) {
    this.#events = events;
    this.#folders = request.folders;
    this.#failed = new Map(request.folders.map((folder) => [folder, "the system does not answer"]));
    this.#child = Bun.spawn([process.execPath, "--smol", PROGRAM], {
      // What lies in the project is no setting of this program.
      cwd: dirname(PROGRAM),
      stdio: ["ignore", "ignore", "ignore"],
      serialization: "advanced",
      ipc: (message: SubscriberMessage) => this.#receive(message),
      onExit: (_child, code, signal) => this.#exited(signal === null ? `status ${code}` : `signal ${signal}`),
    });
    this.#child.unref();
    this.#child.send(request);
  }

  /** Resolves once the folders are followed, or when that takes too long. */
  static async start(request: SubscribeRequest, events: SubscriptionEvents): Promise<Subscription> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const started = new Subscription(request, events);
    started.#settle = resolve;
    const timer = setTimeout(() => {
      started.#gaveUp = true;
      resolve();
    }, PATIENCE_MS);
    await promise;
    clearTimeout(timer);
    return started;
  }

  /** Folders that are not followed, each with the reason. */
  get failed(): ReadonlyMap<string, string> {
    return this.#failed;
  }

  get isAlive(): boolean {
    return !this.#ended;
  }

  /** The process may hang in native code, so that it is not asked. */
  end(): void {
    this.#ended = true;
    this.#child.kill("SIGKILL");
  }

  #receive(message: SubscriberMessage): void {
    if (this.#ended) return;
    switch (message.kind) {
      case "ready":
        this.#failed = new Map(message.failed.map(({ folder, reason }) => [folder, reason]));
        this.#settle?.();
        if (this.#gaveUp) this.#events.onLate();
        break;
      case "changed":
        this.#events.onChange(message.folders ? "folders" : "documents");
        break;
      case "lost":
        this.#events.onLost(message.reason);
        break;
    }
  }

  #exited(how: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const reason = `the process that follows folders has ended (${how})`;
    this.#failed = new Map(this.#folders.map((folder) => [folder, reason]));
    this.#settle?.();
    this.#events.onLost(reason);
  }
}
