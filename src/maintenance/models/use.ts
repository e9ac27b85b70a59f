/** `models use`: writes a model's name into the settings, and nothing else of them is changed. */
import { extname, join } from "node:path";
import { parse } from "jsonc-parser";
import {
  catalogueEntry,
  DEFAULT_MODEL_NAME,
  type Model,
  requireModel,
  SETTINGS_FILES,
  settingsFileIn,
} from "../../project/index.ts";
import { createFile, readSnapshot, realPlace, replaceFile } from "../../system/files/index.ts";
import { AmalfaError, loadJsonMember } from "../../system/index.ts";

const { withMember } = await loadJsonMember();

export interface UsePlan {
  readonly model: Model;
  /** What the settings said before; null where they said nothing. */
  readonly before: string | null;
  /** Absolute path of the settings file. */
  readonly file: string;
  /** `keep`: it says so already, or the default is meant and there is no file. */
  readonly action: "create" | "change" | "keep";
  readonly text: string;
}

/**
 * What is to be written. Throws `model.missing` for a model that is not there, and `config.invalid` where the settings
 * are a program or cannot be read.
 */
export function planUse(root: string, name: string): UsePlan {
  const model = requireModel(name);
  const file = settingsFileIn(root) ?? join(root, SETTINGS_FILES[0]);
  if (settingsFileIn(root) === undefined) {
    const text = `${JSON.stringify({ embeddings: { model: model.name } }, undefined, 2)}\n`;
    const isDefault = model.name === DEFAULT_MODEL_NAME;
    return { model, before: null, file, action: isDefault ? "keep" : "create", text };
  }
  if (extname(file) !== ".json") throw isProgram(file, model);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(readSnapshot(realPlace(file)).bytes);
  const settings = settingsIn(file, text);
  const before = typeof settings.embeddings?.model === "string" ? settings.embeddings.model : null;
  const changed = withModel(text, settings, model);
  return { model, before, file, action: changed === text ? "keep" : "change", text: changed };
}

interface Settings {
  readonly embeddings?: { readonly model?: unknown; readonly dimensions?: unknown };
}

function settingsIn(file: string, text: string): Settings {
  const value: unknown = parse(text.replace(/^\uFEFF/, ""));
  if (!isObject(value)) {
    throw new AmalfaError("config.invalid", `${file} is no JSON object, and was not changed.`);
  }
  if ("embeddings" in value && !isObject(value.embeddings)) {
    throw new AmalfaError("config.invalid", `embeddings of ${file} is no JSON object, and was not changed.`);
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Only what has to be different is: a file of the user's keeps its order, its indentation and its line ends. */
function withModel(text: string, { embeddings }: Settings, { name, dimensions }: Model): string {
  const named = typeof embeddings?.model === "string" ? catalogueEntry(embeddings.model)?.name : undefined;
  const isSame = embeddings?.model === name || (named === name && !isEarlierName(embeddings?.model));
  const once = isSame ? text : withMember(text, ["embeddings", "model"], name);
  const { dimensions: said } = embeddings ?? {};
  return said === undefined || said === dimensions
    ? once
    : withMember(once, ["embeddings", "dimensions"], dimensions);
}

/** What a file of an earlier version says was nobody's choice; writing the name is one. */
function isEarlierName(written: unknown): boolean {
  return typeof written === "string" && /bge-small/.test(written);
}

function isProgram(file: string, { name }: Model): AmalfaError {
  return new AmalfaError("config.invalid", `${file} is a program, which amalfa does not change.`, {
    hint: `Write \`embeddings: { model: "${name}" }\` into it, and run \`amalfa init\`.`,
  });
}

/** Throws `file.*`. */
export function executeUse({ file, action, text }: UsePlan): void {
  if (action === "keep") return;
  if (action === "create") createFile(file, Buffer.from(text), 0o644);
  else replaceFile(readSnapshot(realPlace(file)), Buffer.from(text));
}
