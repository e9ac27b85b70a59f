/** When a service ends: it is asked to, or what it is a service of has gone. */
import { existsSync } from "node:fs";
import type { ProjectPaths } from "../project/index.ts";

const FOLDER_CHECK_MS = 1_000;

/** Calls `stop` when the signal is aborted or the runtime folder is gone. */
export function endingWith(
  signal: AbortSignal,
  paths: Pick<ProjectPaths, "runtime">,
  stop: (reason: string) => void,
): Disposable {
  const onAbort = () => stop("asked to");
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const timer = setInterval(() => {
    if (!existsSync(paths.runtime)) stop(`${paths.runtime} is gone`);
  }, FOLDER_CHECK_MS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}
