/** A word about resets that did not finish, for the commands that begin anew beside what they left. */
import { relative } from "node:path";
import { findInterruptedResets } from "../maintenance/data-directory.ts";
import { type Invocation, warn } from "./invocation.ts";

export function warnOfInterruptedResets(invocation: Invocation, root: string): void {
  for (const path of findInterruptedResets(root)) {
    warn(
      invocation,
      `a reset was interrupted and left ${relative(root, path)}; \`amalfa reset\` finishes deleting it`,
    );
  }
}
