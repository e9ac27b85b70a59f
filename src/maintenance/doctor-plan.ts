/** What `--fix` is going to do: a pure function of what was found. `--dry-run` prints it, and the real run executes the same object. */
import type { Finding, FixTarget } from "./checks/check.ts";

/** One fix of one finding; each is executed on its own. */
export interface FixStep {
  /** Id of the check whose finding it mends. */
  readonly check: string;
  readonly subject: string;
  /** What is done, such as "remove the PID file". */
  readonly action: string;
  readonly target: FixTarget;
}

export interface FoundBy {
  readonly id: string;
  readonly findings: readonly Finding[];
}

export function planFixes(found: readonly FoundBy[]): FixStep[] {
  return found.flatMap(({ id, findings }) =>
    findings.flatMap(({ subject, fix }) =>
      fix === undefined ? [] : [{ check: id, subject, action: fix.action, target: fix.target }],
    ),
  );
}
