/** Every setting as it holds, and where it comes from. */
import { resolve } from "node:path";
import { type SetVariable, variablesIn } from "./environment.ts";
import type { Project } from "./load.ts";
import { remoteInForce } from "./remote-in-force.ts";
import { settingKeys } from "./schema.ts";
import { type LineOf, linesOfKeys, type SettingInForce } from "./setting-places.ts";
import { readSettingsFile, valueAt } from "./settings-file.ts";

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
