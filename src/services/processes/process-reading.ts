/** What can be read of a process, on whatever system. */

export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in the system's own notation: on Linux clock ticks since boot, on macOS a date. */
  readonly startTime: string;
  /** Which boot of the machine the start time counts from. */
  readonly bootId: string;
  /** The command line; empty where a process has none. */
  readonly command: readonly string[];
}

export type ProcessReading =
  | { readonly kind: "alive"; readonly identity: ProcessIdentity }
  | { readonly kind: "dead" }
  /** `reason` completes "nothing is known of it:". */
  | { readonly kind: "unknown"; readonly reason: string };
