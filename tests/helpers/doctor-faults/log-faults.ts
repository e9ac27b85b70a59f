/** Faults of the logs. */
import { type Fault, faultsOf, writing } from "./fault.ts";

export const LOG_FAULTS: readonly Fault[] = [
  ...faultsOf({ check: "logs.size", status: "warning", mended: "by fix" }, [
    {
      name: "a log over its limit",
      says: /watcher\.log has 6 MiB/,
      make: writing({ ".amalfa/logs/watcher.log": new Uint8Array(6 * 1024 * 1024).fill(0x61) }),
    },
  ]),
];
