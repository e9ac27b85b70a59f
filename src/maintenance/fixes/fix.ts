/**
 * What a fix is: the function of the same name as the check whose findings it mends.
 *
 * It stops no service, signals no process, deletes no row of the graph, and moves files instead of deleting them. It looks again before it
 * acts, since time has passed since the check, and is harmless when there is nothing left to do.
 */
import type { Project } from "../../config/load.ts";
import type { FixTarget } from "../checks/check.ts";

/**
 * Carries out one step. Answers what it did, with figures where there are any, as a clause for people.
 * Throws when it could not; other fixes go on.
 */
export type Fix = (target: FixTarget, context: FixContext) => Promise<string>;

export interface FixContext {
  readonly project: Project;
}

/** A text of the target. Throws when it is not there, which is a defect. */
export function textOf(target: FixTarget, name: string): string {
  const value = target[name];
  if (typeof value !== "string") throw new Error(`The fix was given no ${name}.`);
  return value;
}

/** A number of the target. Throws when it is not there, which is a defect. */
export function numberOf(target: FixTarget, name: string): number {
  const value = target[name];
  if (typeof value !== "number") throw new Error(`The fix was given no ${name}.`);
  return value;
}
