/** Starting a read worker: a process of this program that ends when this one does. */
import { bunProgram, environmentOfService } from "../../system/process/index.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import type { WorkerHandle } from "./pool.ts";

export interface WorkerCommand {
  /** The program that becomes a worker, and its arguments. */
  readonly script: string;
  readonly args: readonly string[];
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
