/** Fix of `pid.stale`, and of `pid.foreign`, which needs the same: removes a PID file that still is what was judged. */
import { removePidFile } from "../../services/pid-files/change-pid-file.ts";
import { type Fix, textOf } from "./fix.ts";

export const removePid: Fix = async (target, { project }) => {
  if (removePidFile(project.paths, textOf(target, "path"), textOf(target, "stamp"))) return "removed";
  throw new Error("it has changed since it was looked at, and was left alone");
};
