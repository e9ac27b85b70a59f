/**
 * Settings of an earlier version as a current file. It is written beside the old one, which stays as it is; what holds
 * is the same before and afterwards.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { createFile } from "../system/files/index.ts";
import { AmalfaError } from "../system/index.ts";
import type { Project } from "./load.ts";
import { SETTINGS_FILES } from "./paths.ts";
import { settingKeys } from "./schema.ts";
import { readSettingsFile } from "./settings-file.ts";

/** The first of them is looked for first, so that it holds from the moment on in which it is there. */
const [CURRENT] = SETTINGS_FILES;
/** Where the old file has the name of the current one. */
const BESIDE = "amalfa.settings.migrated.json";
const PUBLISHED_SCHEMA = "./node_modules/amalfa/schemas/settings.json";

export interface SettingChange {
  readonly key: string;
  /** What becomes of it, as a clause. */
  readonly what: string;
}

export interface MigrationPlan {
  /** "none": there is no settings file, or it is a current one. */
  readonly action: "write" | "none";
  /** Absolute path of the old file; null where there is none. */
  readonly from: string | null;
  /** Absolute path of the file to be written. */
  readonly to: string | null;
  readonly changes: readonly SettingChange[];
  /** What is to be written. */
  readonly content: string | null;
  /** Whether the new file holds as soon as it is there. */
  readonly holdsAtOnce: boolean;
}

/**
 * What is to be written, and where. Looks only.
 *
 * @param project as it was loaded, so that settings that are a program have run with consent
 */
export async function planMigration(project: Project): Promise<MigrationPlan> {
  const { root, settingsFile: from } = project;
  const nothing = { action: "none", to: null, changes: [], content: null, holdsAtOnce: false } as const;
  if (from === undefined) return { ...nothing, from: null };
  const old = await readSettingsFile(from);
  const { settings, changes } = currentOf(old, project);
  const isCurrentName = basename(from) === CURRENT;
  if (isCurrentName && changes.length === 0) return { ...nothing, from };
  const schema = existsSync(join(root, PUBLISHED_SCHEMA)) ? { $schema: PUBLISHED_SCHEMA } : {};
  const content = `${JSON.stringify({ ...schema, ...settings }, undefined, 2)}\n`;
  const to = join(root, isCurrentName ? BESIDE : CURRENT);
  return { action: "write", from, to, changes, content, holdsAtOnce: !isCurrentName };
}

/** Writes what was planned. Throws `config.exists` where there is a file of that name. */
export function migrate({ to, content }: MigrationPlan): void {
  if (to === null || content === null) return;
  if (existsSync(to)) {
    throw new AmalfaError("config.exists", `${to} is there already and was not changed.`);
  }
  createFile(to, Buffer.from(content, "utf8"), 0o644);
}

interface Current {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly changes: readonly SettingChange[];
}

function currentOf(old: object, { settings: held }: Project): Current {
  const given = structuredCloneable(old);
  const changes: SettingChange[] = [];
  const note = (key: string, what: string): void => void changes.push({ key, what });
  for (const { key, isIgnored } of settingKeys()) {
    if (isIgnored && removed(given, key) !== undefined) note(key, "left out: it does nothing here");
  }
  const source = removed(given, "source");
  if (source !== undefined) {
    given.sources ??= [source];
    note("source", "written as `sources`");
  }
  const embeddings = given.embeddings as Record<string, unknown> | undefined;
  if (embeddings?.model !== undefined && embeddings.model !== held.model) {
    note(
      "embeddings.model",
      `${String(embeddings.model)} becomes ${held.model}, which is what holds already`,
    );
    embeddings.model = held.model;
    if (held.dimensions === undefined) delete embeddings.dimensions;
  }
  // The order of the schema; `sources` goes first, where people look for it.
  const order = settingKeys().map(({ key }) => key.split(".")[0]!);
  const entries = Object.entries(given)
    .filter(([, value]) => !isEmptyGroup(value))
    .sort(([one], [other]) => order.indexOf(one) - order.indexOf(other));
  return { settings: Object.fromEntries(entries), changes };
}

/** Plain data: what a program exports may be frozen, or have a prototype of its own. */
function structuredCloneable(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}

/** Takes a key out and answers what it had. */
function removed(settings: Record<string, unknown>, key: string): unknown {
  const steps = key.split(".");
  const name = steps.pop()!;
  const group = steps.reduce<unknown>(
    (at, step) => (at as Record<string, unknown> | undefined)?.[step],
    settings,
  ) as Record<string, unknown> | undefined;
  if (typeof group !== "object" || group === null) return undefined;
  const value = group[name];
  delete group[name];
  return value;
}

function isEmptyGroup(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}
