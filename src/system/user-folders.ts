/** Folders of the user's own, outside of every project, by the custom of the system. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** The user's cache folder, such as `~/.cache`, for what can be made again; undefined where there is none. */
export function userCacheFolder(): string | undefined {
  const { XDG_CACHE_HOME = "", LOCALAPPDATA = "" } = process.env;
  if (isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME;
  if (process.platform === "win32") return isAbsolute(LOCALAPPDATA) ? LOCALAPPDATA : undefined;
  const home = homedir();
  if (!isAbsolute(home) || home === "/") return undefined;
  return join(home, process.platform === "darwin" ? "Library/Caches" : ".cache");
}
