/**
 * The settings of the user, which hold for all of their projects: `$XDG_CONFIG_HOME/amalfa/settings.json`, on Windows
 * in `%APPDATA%`. Nothing in a project's folder is ever one of them (I14).
 */
import { existsSync, lstatSync, realpathSync, statSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { liesBelow } from "../../system/files/index.ts";
import { ConfigError } from "../config-error.ts";
import type { RemoteSettings } from "../settings.ts";

/** Write permission of everybody. */
const WORLD_WRITABLE = 0o002;

/** What the user's settings say of a remote; undefined where there are none. Throws `config.invalid`. */
export async function readUserRemote(root: string): Promise<RemoteSettings | undefined> {
  const file = userSettingsFile();
  if (!existsSync(file)) return undefined;
  const problem = distrust(file, root);
  if (problem !== undefined) throw new ConfigError(file, [{ key: "", message: problem }]);
  const [{ readSettingsFile }, { validateUserSettings }, { remoteSettingsOf }] = await Promise.all([
    import("../settings-file.ts"),
    import("../schema.ts"),
    import("../remote-schema.ts"),
  ]);
  const { found, problems } = validateUserSettings(await readSettingsFile(file));
  if (problems.length > 0) throw new ConfigError(file, problems);
  return remoteSettingsOf(found.cache);
}

export function userSettingsFile(): string {
  const { XDG_CONFIG_HOME = "", APPDATA = "" } = process.env;
  const usual = process.platform === "win32" && isAbsolute(APPDATA) ? APPDATA : join(homedir(), ".config");
  return join(isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : usual, "amalfa/settings.json");
}

/** Why a file cannot be taken for the user's own, a clause. */
function distrust(file: string, root: string): string | undefined {
  const real = realpathSync(file);
  if (liesBelow(root, real) && !homes().some((home) => home === root || liesBelow(root, home))) {
    return "lies in the project, and what lies there are no settings of the user";
  }
  const { uid, mode } = statSync(real);
  if (process.getuid === undefined) return undefined;
  if (uid !== process.getuid() && uid !== 0) return "belongs to somebody else";
  return (mode & WORLD_WRITABLE) !== 0 || lstatSync(file).uid !== uid
    ? "may have been written by somebody else"
    : undefined;
}

/** By the user database, which no variable of the environment changes. */
function homes(): string[] {
  try {
    return [realpathSync(userInfo().homedir)];
  } catch {
    return [];
  }
}
