/** What a project has in the way of a remote vector cache: what decides is looked at, and decided. */
import { extname } from "node:path";
import { loadConsent } from "../consent/index.ts";
import type { RemoteSettings, Settings } from "../settings.ts";
import { decideRemote, type RemoteDecision } from "./decide.ts";
import { readUserRemote } from "./user-settings.ts";

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
