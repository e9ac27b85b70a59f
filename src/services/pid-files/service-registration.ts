/** How a service takes its PID file, keeps it true, and gives it back. */
import { mkdirSync, rmSync } from "node:fs";
import type { ProjectPaths } from "../../config/paths.ts";
import { readPidNamespace, readProcessIdentity } from "../processes/process-identity.ts";
import { pidFilePath, pidFilesLockPath, type ServiceName } from "../service-files.ts";
import { placePidFile, writePidFile } from "./change-pid-file.ts";
import { lifeLockPath, takeLifeLock } from "./life-lock.ts";
import { readPidFile } from "./pid-file.ts";
import { withPidFilesLock } from "./pid-files-lock.ts";
import type { ServiceRecord } from "./service-record.ts";

/** A PID file that belongs to this process. */
export interface ServiceRegistration extends Disposable {
  readonly path: string;
  readonly record: ServiceRecord;
  /** Writes the file again with what has become known since, such as the port, unless it is no longer this process's. */
  update(changes: { readonly port?: number; readonly model?: string }): void;
  /** Removes the file, unless it is no longer this process's. Never throws. */
  release(): void;
}

export interface RegisterOptions {
  readonly paths: ProjectPaths;
  readonly service: ServiceName;
  readonly version: string;
  readonly model?: string | undefined;
}

/**
 * Makes this process the one that the service's PID file names. Stale files and those that name a stranger are replaced.
 * Throws `service.running` (exit 4) when another process is the service already, and `service.unknown` when that cannot be told.
 */
export function registerService(options: RegisterOptions): ServiceRegistration {
  const { paths, service, version, model } = options;
  const path = pidFilePath(paths, service);
  const own = readProcessIdentity(process.pid);
  const record: ServiceRecord = {
    service,
    root: paths.root,
    startTime: own.kind === "alive" ? own.identity.startTime : null,
    bootId: own.kind === "alive" ? own.identity.bootId : null,
    pidNamespace: readPidNamespace(),
    startedAt: new Date().toISOString(),
    version,
    port: null,
    model: model ?? null,
  };
  mkdirSync(paths.runtime, { recursive: true });
  writePidFile(paths, path, process.pid, record);
  const registration = new Registration(paths, path, record);
  registration.holdLifeLock();
  return registration;
}

class Registration implements ServiceRegistration {
  readonly path: string;
  readonly #paths: ProjectPaths;
  #record: ServiceRecord;
  #lifeLock: Disposable | undefined;

  constructor(paths: ProjectPaths, path: string, record: ServiceRecord) {
    this.#paths = paths;
    this.path = path;
    this.#record = record;
  }

  get record(): ServiceRecord {
    return this.#record;
  }

  update(changes: { readonly port?: number; readonly model?: string }): void {
    withPidFilesLock(pidFilesLockPath(this.#paths), () => this.#replace(changes));
  }

  /** The PID file says that the lock is held only once it is. */
  holdLifeLock(): void {
    withPidFilesLock(pidFilesLockPath(this.#paths), () => {
      this.#lifeLock = takeLifeLock(this.path);
      if (this.#lifeLock !== undefined) this.#replace({ lifeLock: true });
    });
  }

  #replace(changes: Partial<ServiceRecord>): void {
    if (!this.#isOwn()) return;
    const next = { ...this.#record, ...changes };
    placePidFile(this.path, process.pid, next, "replace");
    this.#record = next;
  }

  release(): void {
    try {
      if (!this.#isOwn()) return;
      withPidFilesLock(pidFilesLockPath(this.#paths), () => {
        if (!this.#isOwn()) return;
        rmSync(this.path);
        rmSync(lifeLockPath(this.path), { force: true });
      });
    } catch {
      // A file that stays behind is recognised as stale by whoever reads it next.
    } finally {
      this.#lifeLock?.[Symbol.dispose]();
      this.#lifeLock = undefined;
    }
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #isOwn(): boolean {
    const file = readPidFile(this.path);
    return (
      file.kind === "read" && file.pid === process.pid && file.record?.startedAt === this.#record.startedAt
    );
  }
}
