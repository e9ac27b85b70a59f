/** What a project has in the way of a remote vector cache: what decides is looked at, and decided. */

import { existsSync, lstatSync, realpathSync, statSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { extname, isAbsolute, join } from "node:path";
import { liesBelow } from "../../system/files/index.ts";
import { ConfigError } from "../config-error.ts";
import { loadConsent } from "../consent/index.ts";
import type { RemoteSettings, Settings } from "../settings.ts";
import { decideRemote, type RemoteDecision } from "./decide.ts";

/** Of a project, what decides. */
interface RemoteSubject {
  readonly root: string;
  readonly settings: Settings;
  readonly settingsFile: string | undefined;
  readonly remoteCache?: "off";
}

/** Throws `config.invalid` where the user's own settings cannot be used. */
export async function remoteOf(project: RemoteSubject): Promise<RemoteDecision> {
  if (project.remoteCache === "off") return { kind: "none" };
  const { settings, settingsFile, root } = project;
  const named = settings.cache.remote;
  return decideRemote({
    env: process.env,
    user: await readUserRemote(root),
    project: named,
    isAgreed: named?.url !== undefined && settingsFile !== undefined && (await isAgreed(settingsFile, named)),
  });
}

/** A program has been agreed to as it is, this address included, or it would not have run. */
async function isAgreed(settingsFile: string, named: RemoteSettings): Promise<boolean> {
  return extname(settingsFile) !== ".json" || (await loadConsent()).hasRemoteConsent(settingsFile, named);
}

/*
 * The settings of the user, which hold for all of their projects: `$XDG_CONFIG_HOME/amalfa/settings.json`, on Windows
 * in `%APPDATA%`. Nothing in a project's folder is ever one of them (I14).
 */

/** Write permission of everybody. */
const WORLD_WRITABLE = 0o002;

/** What the user's settings say of a remote; undefined where there are none. Throws `config.invalid`. */
async function readUserRemote(root: string): Promise<RemoteSettings | undefined> {
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
