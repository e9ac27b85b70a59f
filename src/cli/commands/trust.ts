/**
 * `amalfa trust`: consent to a settings file that is a program, and to a remote vector cache that the settings name.
 * Only a person gives it, by this command and by no other way.
 */

import { extname, join } from "node:path";
import { Command } from "commander";
import {
  type ConsentInState,
  loadConsent,
  loadProject,
  type RemoteTrust,
  SETTINGS_FILES,
  settingsFileIn,
  type TrustReport,
} from "../../project/index.ts";
import { AmalfaError, EXIT, formatNumberOf } from "../../system/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, pathsOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped } from "../output/safe-text.ts";
import { renderTable } from "../output/table.ts";
import { type Style, styleFor, type Terminal } from "../output/terminal.ts";

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
  await printReport(invocation, result, renderTrust);
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

/* Consents to settings that are programs, for people. */

interface Common {
  readonly ok: boolean;
  readonly command: "trust";
  /** Absolute path of the project root; where all consents are listed, of none. */
  readonly root?: string;
}

/** What `trust` did. */
type TrustResult = Common &
  (
    | { readonly action: "list"; readonly consents: readonly ConsentInState[] }
    | { readonly action: "revoke"; readonly root: string; readonly revoked: number }
    /** Settings that are no program, or none at all. */
    | { readonly action: "none"; readonly root: string; readonly file: string | null }
    | ({ readonly action: "trust"; readonly remote?: RemoteTrust } & TrustReport)
  );

function renderTrust(result: TrustResult, terminal: Terminal): string {
  const style = styleFor(terminal);
  switch (result.action) {
    case "list":
      return renderList(result, style);
    case "revoke":
      return result.revoked === 0
        ? `There was no consent to settings of ${escaped(result.root)}`
        : style.good(`The settings of ${escaped(result.root)} do not run any more`);
    case "none":
      return result.file === null
        ? `${escaped(result.root)} has no settings file: there is nothing to agree to`
        : `${escaped(result.file)} is read and never run: there is nothing to agree to`;
    default:
      return renderAgreed(result, style);
  }
}

/** Said where it is agreed to, since it is what there is to agree to. */
function renderRemote({ url, mode }: RemoteTrust, style: Style): string[] {
  const does = mode === "read" ? "asked for vectors" : "asked for vectors, and sent those that are computed";
  return [
    style.good(`The remote vector cache ${escaped(url)} is used from now on: it is ${does}`),
    style.aside("  Vectors can reveal text, and whoever may write there decides what searches find."),
  ];
}

function renderAgreed(result: Extract<TrustResult, { readonly action: "trust" }>, style: Style): string {
  const remote = result.remote === undefined ? [] : renderRemote(result.remote, style);
  if (result.digest !== null) return [renderProgram(result, style), ...remote].join("\n");
  return [...remote, style.aside("  `amalfa trust --revoke` takes it back.")].join("\n");
}

function renderProgram(
  { file, files, change }: Extract<TrustResult, { readonly action: "trust" }>,
  style: Style,
): string {
  const rows = files.map(({ path, sha256 }) => [escaped(path), sha256.slice(0, 16)]);
  const head =
    change === "agreed" ? `${escaped(file)} may run from now on` : `${escaped(file)} may run already`;
  return [
    style.good(head),
    ...renderTable([{ style: style.reference }, { style: style.aside }], rows, Number.POSITIVE_INFINITY).map(
      (line) => `  ${line}`,
    ),
    style.aside("  A change to any of these ends the consent. `amalfa trust --revoke` takes it back."),
  ].join("\n");
}

const STATES = { current: "in force", changed: "changed since, not in force", gone: "the file is gone" };

function renderList({ consents }: Extract<TrustResult, { readonly action: "list" }>, style: Style): string {
  if (consents.length === 0) return "No settings file was ever agreed to";
  const rows = consents.map(({ place, since, state, remote }) => [
    escaped(remote === undefined ? place : `${remote} of ${place}`),
    since.slice(0, 10),
    STATES[state],
  ]);
  return [
    style.title(formatNumberOf(consents.length, "consent")),
    ...renderTable(
      [{ style: style.reference }, { style: style.aside }, {}],
      rows,
      Number.POSITIVE_INFINITY,
    ).map((line) => `  ${line}`),
  ].join("\n");
}
