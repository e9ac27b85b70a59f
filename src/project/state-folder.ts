/** Where amalfa keeps what belongs to a user and to no project. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Absolute; it may not be there yet. */
export function userStateFolder(): string {
  const { XDG_STATE_HOME = "", LOCALAPPDATA = "" } = process.env;
  const usual =
    process.platform === "win32" && isAbsolute(LOCALAPPDATA) ? LOCALAPPDATA : join(homedir(), ".local/state");
  return join(isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : usual, "amalfa");
}
