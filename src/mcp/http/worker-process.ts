/** Starting a read worker: a process of this program that ends when this one does. */
import { bunProgram, environmentOfService } from "../../system/process/index.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** A worker, as the pool sees it. */
export interface WorkerHandle {
  readonly pid: number;
  send(message: ToWorker): void;
  /** Ends it at once. */
  kill(): void;
  /** Lets it end by itself. */
  end(): void;
  readonly exited: Promise<unknown>;
}

export interface WorkerCommand {
  /** The program that becomes a worker, and its arguments. */
  readonly script: string;
  readonly args: readonly string[];
}

type StartWorker = (onMessage: (message: FromWorker) => void) => WorkerHandle;

/** What starts workers, the first of which runs already; it ends with this where nobody has taken it. */
export interface WorkersAhead extends Disposable {
  readonly start: StartWorker;
  /** What every worker is told when it starts, and the first one now. */
  readonly expect: (message: ToWorker) => void;
}

/**
 * Starts the first worker at once: a server takes as long as that to load what it is made of, and whoever started it
 * waits for both. What it says meanwhile is kept for who takes it.
 */
export function startWorkerAhead(command: WorkerCommand): WorkersAhead {
  let expected: ToWorker | undefined;
  const begin: StartWorker = (onMessage) => {
    const worker = startWorkerProcess(command, onMessage);
    if (expected !== undefined) worker.send(expected);
    return worker;
  };
  const said: FromWorker[] = [];
  let tell = (message: FromWorker): void => void said.push(message);
  let first: WorkerHandle | undefined = begin((message) => tell(message));
  return {
    start: (onMessage) => {
      const ahead = first;
      if (ahead === undefined) return begin(onMessage);
      first = undefined;
      // Not before whoever takes it knows it.
      queueMicrotask(() => {
        tell = onMessage;
        for (const message of said.splice(0)) onMessage(message);
      });
      return ahead;
    },
    expect: (message) => {
      expected = message;
      first?.send(message);
    },
    [Symbol.dispose]: () => first?.kill(),
  };
}

export function startWorkerProcess(
  { script, args }: WorkerCommand,
  onMessage: (message: FromWorker) => void,
): WorkerHandle {
  const child = Bun.spawn([...bunProgram(script), ...args], {
    env: environmentOfService(),
    stdio: ["ignore", "ignore", "inherit"],
    // Vectors cross as they are.
    serialization: "advanced",
    ipc: (message: FromWorker) => onMessage(message),
  });
  return {
    pid: child.pid,
    send: (message: ToWorker) => void child.send(message),
    kill: () => child.kill("SIGKILL"),
    end: () => child.disconnect(),
    exited: child.exited,
  };
}
