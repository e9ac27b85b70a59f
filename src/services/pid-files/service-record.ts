/** The second line of a PID file: the identity of a service, as JSON. */
import { parseJsonObject } from "../json-object.ts";

/** What a service writes about itself. */
export interface ServiceRecord {
  readonly service: string;
  /** Absolute path of the project root that it serves. */
  readonly root: string;
  /** As in `ProcessIdentity`; null where the system does not tell. */
  readonly startTime: string | null;
  readonly bootId: string | null;
  /** The PID namespace in which the PID counts; absent in files of earlier versions, null where the system does not tell. */
  readonly pidNamespace?: string | null;
  /** Whether the service holds the life lock beside its PID file; absent in files of earlier versions. */
  readonly lifeLock?: boolean;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly version: string;
  /** On the loopback interface; null before it listens, and for services on stdio. */
  readonly port: number | null;
  /** Model id, of services that have one. */
  readonly model: string | null;
}

/** Undefined for text that is no record. What is missing or of the wrong type, apart from service and root, is not known. */
export function parseServiceRecord(text: string): ServiceRecord | undefined {
  const value = parseJsonObject(text);
  if (value === undefined) return undefined;
  const { service, root, startTime, bootId, pidNamespace, lifeLock, startedAt, version, port, model } = value;
  if (typeof service !== "string" || typeof root !== "string") return undefined;
  const textOf = (field: unknown) => (typeof field === "string" ? field : null);
  const validPort = typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536;
  return {
    service,
    root,
    startTime: textOf(startTime),
    bootId: textOf(bootId),
    pidNamespace: textOf(pidNamespace),
    lifeLock: lifeLock === true,
    startedAt: textOf(startedAt) ?? "",
    version: textOf(version) ?? "",
    port: validPort ? port : null,
    model: textOf(model),
  };
}
