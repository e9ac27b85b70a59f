/** Consents to settings that are programs, for people. */

import type { ConsentInState, RemoteTrust, TrustReport } from "../../project/index.ts";
import { formatNumberOf } from "../../system/index.ts";
import { escaped } from "./safe-text.ts";
import { renderTable } from "./table.ts";
import { type Style, styleFor, type Terminal } from "./terminal.ts";

interface Common {
  readonly ok: boolean;
  readonly command: "trust";
  /** Absolute path of the project root; where all consents are listed, of none. */
  readonly root?: string;
}

/** What `trust` did. */
export type TrustResult = Common &
  (
    | { readonly action: "list"; readonly consents: readonly ConsentInState[] }
    | { readonly action: "revoke"; readonly root: string; readonly revoked: number }
    /** Settings that are no program, or none at all. */
    | { readonly action: "none"; readonly root: string; readonly file: string | null }
    | ({ readonly action: "trust"; readonly remote?: RemoteTrust } & TrustReport)
  );

export function renderTrust(result: TrustResult, terminal: Terminal): string {
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
