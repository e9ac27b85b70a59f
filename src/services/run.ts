/**
 * The life of a service's process, from its PID file to its removal.
 *
 * - The PID file is taken first, so that of several processes only one goes on.
 * - The service ends when it is asked to, or when the project's runtime folder is gone, which is what a reset leaves.
 * - The PID file is removed last, and also when the process exits before all is closed.
 */
import { makeDataFolder, type ProjectPaths } from "../project/index.ts";
import { requireHeldRoot } from "../system/files/index.ts";
import { messageOf } from "../system/index.ts";
import type { Health } from "./health.ts";
import { openServiceLog, type ServiceLog } from "./log.ts";
import { startLoopbackServer } from "./loopback-server.ts";
import { answerTo, registerService } from "./pid-files/index.ts";
import { type BackgroundService, endingWith, logFilePath, serviceTitle } from "./service.ts";

/** What of the health document the service itself knows. */
export type OwnHealth = Pick<Health, "status" | "ready" | "lastError" | "details">;

export interface RunningBody {
  health(): OwnHealth;
  readonly handle?: (request: Request, path: string) => Promise<Response> | undefined;
  /** Does the work until the signal is aborted, and closes what it opened. */
  run(signal: AbortSignal): Promise<void>;
}

export interface RunServiceOptions {
  readonly paths: ProjectPaths;
  readonly service: BackgroundService;
  readonly version: string;
  readonly model: string | null;
  readonly preferredPort?: number | undefined;
  readonly maxBodyBytes?: number | undefined;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
  /** Makes the service; called once the PID file is this process's. `stop` ends the service from within. */
  readonly create: (context: {
    readonly log: ServiceLog;
    readonly stop: (reason: string) => void;
  }) => RunningBody;
}

/**
 * Runs a service until it is asked to end. Throws `service.running` (exit 4), `root.replaced` and `root.invalid` where
 * the project was moved away, and what the service throws, which is in the log as well.
 */
export async function runService(options: RunServiceOptions): Promise<void> {
  const { paths, service, version, model } = options;
  using registration = registerService({ paths, service, version, model: model ?? undefined });
  const releaseAtExit = () => registration.release();
  process.once("exit", releaseAtExit);
  makeDataFolder(paths, paths.logs);
  const log = openServiceLog(logFilePath(paths, service));
  const ending = new AbortController();
  const stop = (reason: string): void => {
    if (ending.signal.aborted) return;
    log.write(`ending: ${reason}`);
    ending.abort();
  };
  const { nonce } = registration;
  const { startedAt } = registration.record;
  const facts = { service, version, pid: process.pid, root: paths.root, model, startedAt };
  using _ = endingWith(options.signal, paths, stop);
  try {
    const body = options.create({ log, stop });
    const server = startLoopbackServer({
      health: () => ({ ...body.health(), ...facts }),
      prove:
        nonce === undefined
          ? undefined
          : (challenge, port) => answerTo(challenge, nonce, { pid: process.pid, port }),
      preferredPort: options.preferredPort,
      maxBodyBytes: options.maxBodyBytes,
      ...(body.handle === undefined ? {} : { handle: body.handle }),
    });
    try {
      registration.update({ port: server.port });
      log.write(
        `${serviceTitle(service)} ${version} for ${paths.root}: process ${process.pid}, port ${server.port}`,
      );
      await body.run(ending.signal);
      // Its log has gone with the folder, where only what it prints still arrives: so it ends with an error.
      requireHeldRoot(paths.root);
    } finally {
      await server.stop();
    }
  } catch (error) {
    log.write(`failed: ${messageOf(error)}`);
    throw error;
  } finally {
    process.removeListener("exit", releaseAtExit);
  }
}
