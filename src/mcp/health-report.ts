/** What the `health` tool answers: the parts of the doctor's report that an agent can use. */

export type CheckStatus = "ok" | "warning" | "error" | "skipped" | "late";

export interface HealthFinding {
  readonly message: string;
  /** A path, a PID or a row. */
  readonly subject: string;
  /** What `amalfa doctor --fix` would do; null when it does nothing. */
  readonly fix: string | null;
  /** Commands that help, the gentlest first. */
  readonly commands: readonly string[];
}

export interface HealthCheck {
  readonly id: string;
  readonly title: string;
  readonly status: CheckStatus;
  readonly message: string;
  readonly findings: readonly HealthFinding[];
}

export interface HealthReport {
  /** True when no warning or error was found. */
  readonly ok: boolean;
  readonly root: string;
  /** The one thing to do next; null when nothing is wrong. */
  readonly next: string | null;
  readonly checks: readonly HealthCheck[];
}
