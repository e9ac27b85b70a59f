/**
 * `amalfa trust`: consent to a settings file that is a program, and to a remote vector cache that the settings name.
 * Only a person gives it, by this command and by no other way.
 */

import { extname, join } from "node:path";
import { Command } from "commander";
import {
  loadConsent,
  loadProject,
  type RemoteTrust,
  SETTINGS_FILES,
  settingsFileIn,
  type TrustReport,
} from "../../project/index.ts";
import { AmalfaError, EXIT } from "../../system/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, pathsOf } from "../invocation.ts";
import type { TrustResult } from "../output/render-trust.ts";
import { printReport } from "../output/result.ts";

interface TrustFlags {
  readonly list?: boolean;
  readonly revoke?: boolean;
}

export function trustCommand(): Command {
  const command = new Command("trust")
    .description(
      "let amalfa.config.ts or .js run as it is now, and use the remote cache that the settings name",
    )
    .option("--list", "list your consents, in all projects")
    .option("--revoke", "withdraw the consent to this project's settings")
    .action(async (flags: TrustFlags) => run(flags, invocationOf(command)));
  return addHelp(command, { examples: ["amalfa trust", "amalfa trust --list", "amalfa trust --revoke"] });
}

async function run(flags: TrustFlags, invocation: Invocation): Promise<void> {
  if (flags.list === true && flags.revoke === true) {
    throw new AmalfaError("usage", "--list and --revoke cannot be given together.", { exit: EXIT.usage });
  }
  const result = flags.list === true ? await list() : await change(flags, invocation);
  await printReport(invocation, result, async (report, terminal) =>
    (await import("../output/render-trust.ts")).renderTrust(report, terminal),
  );
}

async function list(): Promise<TrustResult> {
  const { consentsWithState } = await loadConsent();
  return {
    ok: true,
    command: "trust" as const,
    action: "list" as const,
    consents: consentsWithState(),
  };
}

async function change(flags: TrustFlags, invocation: Invocation): Promise<TrustResult> {
  const { root } = pathsOf(invocation);
  const { removeConsents, placeOf, trustRemote, trustSettings } = await loadConsent();
  const common = { ok: true, command: "trust" as const, root };
  const file = settingsFileIn(root);
  if (flags.revoke === true) {
    // Also those to a file that is gone, or that another settings file has taken the place of.
    const revoked = SETTINGS_FILES.map((name) => placeOf(join(root, name))).reduce(
      (sum, place) => sum + removeConsents(place, "file") + removeConsents(place, "remote"),
      0,
    );
    return { ...common, action: "revoke" as const, revoked };
  }
  if (file === undefined) return { ...common, action: "none" as const, file: null };
  if (extname(file) !== ".json") return { ...common, action: "trust" as const, ...trustSettings(file) };
  const { settings } = await loadProject({ root, cwd: root });
  const remote = trustRemote(file, settings.cache.remote);
  if (remote === undefined) return { ...common, action: "none" as const, file };
  return { ...common, action: "trust" as const, ...settingsAlone(file, remote), remote };
}

/** Settings that are read and not run: it is the remote alone that is agreed to. */
function settingsAlone(file: string, { change }: RemoteTrust): TrustReport {
  return { file, change, digest: null, files: [] };
}
