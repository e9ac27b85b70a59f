/** Every setting as it holds, and where it comes from. */

import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import type { Node } from "jsonc-parser";
import { readSmallFile } from "../system/files/index.ts";
import { type SetVariable, variablesIn } from "./environment.ts";
import type { Project } from "./load.ts";
import { remoteOf, userSettingsFile } from "./remote.ts";
import { settingKeys } from "./schema.ts";
import { readSettingsFile, valueAt } from "./settings-file.ts";

/* What of the remote vector cache holds, and on whose word: the environment, the user's settings, or the project's. */

interface Place {
  readonly file: string;
  readonly written: object;
}

/** By keys; what is not named here is as it would be without a word of the user. */
async function remoteInForce(
  project: Project,
  written: object,
): Promise<ReadonlyMap<string, SettingInForce>> {
  const decision = await remoteOf(project);
  const userFile = userSettingsFile();
  const user = existsSync(userFile) ? await placeOf(userFile) : undefined;
  const own = project.settingsFile === undefined ? undefined : { file: project.settingsFile, written };
  const nowhere = { file: null, line: null, variable: null };
  const variables = variablesIn(process.env);
  const found = new Map<string, SettingInForce>();
  const isOwn = decision.kind === "ignored" || (decision.kind === "use" && decision.use.from === "project");
  const place = isOwn ? own : user;
  const lineOf = place === undefined ? () => undefined : await linesOfKeys(place.file);
  for (const key of ["cache.remote", "cache.remoteMode", "cache.remoteTtl", "cache.remotePlain"]) {
    const variable = variables.find((each) => each.key === key);
    const said = place === undefined ? undefined : valueAt(place.written, key);
    const shown =
      decision.kind === "none" ? undefined : decision.kind === "use" ? decision.use.url.shown : null;
    const value = key === "cache.remote" ? (shown ?? null) : (variable?.value ?? said);
    // Named by whoever may not, or in a way that cannot be used: what is written, and that nothing holds.
    const refused =
      shown === null && key === "cache.remote" && "shown" in decision ? decision.shown : undefined;
    const kept = refused === undefined ? {} : { written: refused };
    if (variable !== undefined) {
      found.set(key, {
        key,
        value: value ?? null,
        from: "environment",
        ...nowhere,
        variable: variable.name,
        ...kept,
      });
    } else if (said !== undefined && place !== undefined) {
      const line = lineOf(key) ?? null;
      found.set(key, {
        key,
        value: value ?? null,
        from: "file",
        file: place.file,
        line,
        variable: null,
        ...kept,
      });
    } else if (key === "cache.remoteMode" && decision.kind === "use") {
      found.set(key, { key, value: decision.use.mode, from: "default", ...nowhere });
    }
  }
  return found;
}

async function placeOf(file: string): Promise<Place> {
  return { file, written: await readSettingsFile(file) };
}

export interface SettingsInForce {
  /** Absolute path; null where the project has no settings file. */
  readonly file: string | null;
  readonly settings: readonly SettingInForce[];
  /** Keys of earlier versions that the file has and that do nothing. */
  readonly ignored: readonly { readonly key: string; readonly line: number | null }[];
  readonly environment: readonly SetVariable[];
}

export interface InForceOptions {
  /** `--root`, as given. */
  readonly rootFlag: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @param project as it was loaded; throws what reading its settings file throws */
export async function settingsInForce(project: Project, options: InForceOptions): Promise<SettingsInForce> {
  const file = project.settingsFile;
  const written = file === undefined ? {} : await readSettingsFile(file);
  const lineOf: LineOf = file === undefined ? () => undefined : await linesOfKeys(file);
  const environment = variablesIn(options.env);
  const line = (key: string): number | null => lineOf(key) ?? null;
  const nowhere = { file: null, line: null, variable: null };
  const root: SettingInForce = {
    key: "root",
    value: project.root,
    from: options.rootFlag === undefined ? "default" : "flag",
    ...nowhere,
  };
  const settings: SettingInForce[] = [root];
  const ignored: { key: string; line: number | null }[] = [];
  const holding = valuesOf(project);
  const remote = await remoteInForce(project, written);
  for (const { key, preset, isIgnored } of settingKeys()) {
    const given = valueAt(written, key);
    if (isIgnored && given !== undefined) ignored.push({ key, line: line(key) });
    // One of them is the other's earlier name.
    if (isIgnored || key === "$schema" || key === "source") continue;
    const ofRemote = remote.get(key);
    if (ofRemote !== undefined) {
      settings.push(ofRemote);
      continue;
    }
    const variable = environment.find((each) => each.key === key);
    const name = key === "sources" && given === undefined ? "source" : key;
    const own = given ?? valueAt(written, name);
    const held = holding.get(key);
    if (variable !== undefined) {
      settings.push({
        ...{ key, value: variable.value, from: "environment" },
        ...nowhere,
        variable: variable.name,
      });
    } else if (own === undefined) {
      settings.push({ ...{ key, value: held ?? preset ?? null, from: "default" }, ...nowhere });
    } else {
      const value = held ?? own;
      const differs = !isSame(project.root, own, value);
      settings.push({
        ...{ key, value, from: "file", file: file ?? null, line: line(name), variable: null },
        ...(differs ? { written: own } : {}),
      });
    }
  }
  return { file: file ?? null, settings, ignored, environment };
}

/** What loading made of the settings where that is more than what is written. */
function valuesOf({ settings, paths }: Project): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ["sources", settings.sources],
    ["database", paths.database],
    ["embeddings.model", settings.model],
    ["embeddings.dimensions", settings.dimensions],
    ["cache.path", paths.vectorCache],
  ]);
}

/** A path counts as written whichever way it is written, and so does one source for a list of one. */
function isSame(root: string, written: unknown, held: unknown): boolean {
  if (typeof written === "string" && typeof held === "string" && resolve(root, written) === held) return true;
  return JSON.stringify([written].flat().map(plain)) === JSON.stringify([held].flat().map(plain));
}

function plain(value: unknown): unknown {
  return typeof value === "string" ? value.replace(/^(?:\.\/)+|\/+$/g, "") || "." : value;
}

type Origin = "default" | "file" | "environment" | "flag";

export interface SettingInForce {
  readonly key: string;
  /** As a settings file would have it; null where nothing is set. */
  readonly value: unknown;
  readonly from: Origin;
  /** Absolute path of the file; null where it comes from none. */
  readonly file: string | null;
  /** Counted from 1; null where it cannot be told. */
  readonly line: number | null;
  /** The variable of the environment; null where it comes from none. */
  readonly variable: string | null;
  /** What the file says, where something else holds in its place. */
  readonly written?: unknown;
}

/** The line of a key, counted from 1; undefined where it cannot be told. */
type LineOf = (key: string) => number | undefined;

/** @param file absolute path of a settings file that has just been read */
async function linesOfKeys(file: string): Promise<LineOf> {
  const text = textOf(file);
  if (text === undefined) return () => undefined;
  return extname(file) === ".json" ? inJson(text) : (key) => inProgram(text, key);
}

function textOf(file: string): string | undefined {
  try {
    return readSmallFile(file);
  } catch {
    return undefined;
  }
}

async function inJson(text: string): Promise<LineOf> {
  const { parseTree } = await import("jsonc-parser");
  const lines = new Map<string, number>();
  const note = (object: Node, prefix: string): void => {
    for (const { children: [name, value] = [] } of object.children ?? []) {
      if (name === undefined) continue;
      const key = `${prefix}${String(name.value)}`;
      lines.set(key, lineAt(text, name.offset));
      if (value?.type === "object") note(value, `${key}.`);
    }
  };
  const tree = parseTree(text);
  if (tree?.type === "object") note(tree, "");
  return (key) => lines.get(key);
}

/** A program may compute its settings. Where the key is written exactly once, that is where it stands. */
function inProgram(text: string, key: string): number | undefined {
  const name = key.slice(key.lastIndexOf(".") + 1).replace(/[^\w$]/g, "\\$&");
  const found = [...text.matchAll(new RegExp(`(?<![\\w$.])["']?${name}["']?\\s*:`, "g"))];
  return found.length === 1 ? lineAt(text, found[0]!.index) : undefined;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
