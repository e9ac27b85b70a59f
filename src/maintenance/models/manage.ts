/** `models list`, `info`, `verify` and `remove`: what there is, whether it is whole, and taking it away. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { locateModel } from "../../embedding/model/index.ts";
import {
  CATALOGUE,
  type CatalogueEntry,
  catalogueEntry,
  findModel,
  MODEL_NAME,
  type Model,
  type ModelTraits,
  modelMeant,
  readModelRecord,
  readModelRecords,
  sharedModels,
} from "../../project/index.ts";
import { readTree } from "../../system/files/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { inWorkshop, type TakeOptions, takeAway, unusable } from "./folder.ts";
import { stateOf } from "./install.ts";

/** A project, as far as its models are asked for. */
export interface ModelUse {
  /** The name of the configured model. */
  readonly configured: string | undefined;
  /** The project's own models directory. */
  readonly modelsDirectory: string;
}

export interface ListedModel {
  readonly name: string;
  /** Its id; null before it is there, since its digests are not known then. */
  readonly id: string | null;
  /** `bundled`: comes with amalfa. `installed`: pulled. `added`: from a folder. `available`: can be pulled. */
  readonly state: "bundled" | "installed" | "added" | "available";
  /** Whether the project's settings name it. */
  readonly configured: boolean;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly quantisation: string;
  readonly pooling: string;
  readonly languages: ModelTraits["languages"];
  /** Bytes on the disk, or about so many to be fetched. */
  readonly bytes: number;
  readonly licence: string | null;
  /** Where it comes from. */
  readonly source: string;
  /** Where its files are; null where they are nowhere. */
  readonly folder: string | null;
}

export interface ModelsReport {
  /** The folder of models that all projects share. */
  readonly folder: string | null;
  readonly models: readonly ListedModel[];
}

export function listModels(use: ModelUse): ModelsReport {
  const added = readModelRecords().filter(({ name }) => catalogueEntry(name) === undefined);
  return {
    folder: sharedModels() ?? null,
    models: [...CATALOGUE, ...added].map((each) => listed(each, use)),
  };
}

function listed(
  traits: CatalogueEntry | ModelTraits,
  { configured, modelsDirectory }: ModelUse,
): ListedModel {
  const { name, dimensions, maxTokens, quantisation, pooling, languages } = traits;
  const entry = catalogueEntry(name);
  const model = findModel(name);
  const folder = model === undefined ? undefined : placeOf(model, modelsDirectory);
  const isThere = folder !== undefined;
  return {
    name,
    id: model?.id ?? null,
    state: entry?.origin === "bundled" ? "bundled" : !isThere ? "available" : entry ? "installed" : "added",
    configured: name === configured,
    dimensions,
    maxTokens,
    quantisation,
    pooling,
    languages,
    bytes: (isThere ? readTree(folder)?.bytes : undefined) ?? entry?.download ?? 0,
    licence: entry?.licence ?? null,
    source: entry?.repository ?? readModelRecord(name)?.source ?? "",
    folder: folder ?? null,
  };
}

function placeOf(model: Model, modelsDirectory: string): string | undefined {
  try {
    return locateModel(model, modelsDirectory).directory;
  } catch {
    return undefined;
  }
}

export interface ModelDetails extends ListedModel {
  /** Other names that are understood. */
  readonly aliases: readonly string[];
  readonly use: string | null;
  readonly prefixes: ModelTraits["prefixes"];
  /** How long a token takes, about, where one of the default model takes 1; null where nobody has measured it. */
  readonly effort: number | null;
  readonly files: readonly {
    readonly path: string;
    readonly sha256: string | null;
    readonly pinned: boolean;
  }[];
}

/** Throws `model.name`. */
export function modelDetails(name: string, use: ModelUse): ModelDetails {
  const entry = catalogueEntry(name);
  const model = findModel(name);
  const traits = entry ?? model;
  if (traits === undefined) throw unknown(name);
  const files = (["onnx", "tokenizer", "tokenizerConfig"] as const).map((kind) => ({
    path: (model ?? entry)!.files[kind].path,
    sha256: model?.files[kind].sha256 ?? entry?.files[kind].sha256 ?? null,
    pinned: entry?.files[kind].sha256 !== undefined,
  }));
  return {
    ...listed(traits, use),
    aliases: entry?.aliases ?? [],
    use: entry?.use ?? null,
    prefixes: traits.prefixes,
    effort: entry?.effort ?? null,
    files,
  };
}

function unknown(name: string): AmalfaError {
  return new AmalfaError("model.name", `There is no model "${name}".`, {
    hint: `${modelMeant(name)}\`amalfa models list\` shows all models.`,
  });
}

export interface VerifiedModel {
  readonly name: string;
  readonly id: string | null;
  readonly folder: string;
  /** `unknown`: something among the models that amalfa has no record of: somebody's own, which it leaves alone. */
  readonly state: "ok" | "damaged" | "missing" | "unknown";
  readonly problem: string | null;
  /** What brings it back; null where nothing is wrong. */
  readonly command: string | null;
}

/** Reads every byte of the models that are there, or of those that are named. Throws `model.name`. */
export function verifyModels(names: readonly string[], { modelsDirectory }: ModelUse): VerifiedModel[] {
  const wanted = names.length === 0 ? namesThere() : names.map((name) => catalogueEntry(name)?.name ?? name);
  return wanted.map((name) => verified(name, modelsDirectory));
}

/** Of all models that are there, those folders included that say nothing of themselves. */
function namesThere(): string[] {
  const folder = sharedModels();
  const bundled = CATALOGUE.filter(({ origin }) => origin === "bundled").map(({ name }) => name);
  const shared = folder !== undefined && existsSync(folder) ? readdirSync(folder) : [];
  return [...bundled, ...shared.filter((name) => MODEL_NAME.test(name)).sort()];
}

function verified(name: string, modelsDirectory: string): VerifiedModel {
  const model = findModel(name);
  const again =
    catalogueEntry(name) === undefined ? "amalfa models add" : `amalfa models pull ${name} --force`;
  if (model === undefined) {
    const folder = join(sharedModels() ?? "", name);
    if (!existsSync(folder)) {
      if (catalogueEntry(name) === undefined) throw unknown(name);
      const problem = "It is not on this machine.";
      return { name, id: null, folder, state: "missing", problem, command: `amalfa models pull ${name}` };
    }
    return {
      name,
      id: null,
      folder,
      state: "unknown",
      problem: "amalfa has no record of it: it is somebody's own, and is left alone.",
      command: null,
    };
  }
  const folder = placeOf(model, modelsDirectory) ?? join(sharedModels() ?? "", model.directory);
  const found = stateOf(model, folder);
  const isBundled = catalogueEntry(name)?.origin === "bundled";
  const mend = isBundled ? "npm install -g amalfa" : again;
  return { name, id: model.id, folder, ...found, command: found.state === "ok" ? null : mend };
}

export interface RemoveOptions extends TakeOptions, ModelUse {
  readonly name: string;
  /** Take it away although the project uses it. */
  readonly force: boolean;
  /** The id of the model that made the project's graph. */
  readonly madeBy: string | undefined;
}

export interface RemoveReport {
  readonly name: string;
  readonly folder: string;
  readonly bytes: number;
}

/** Takes a model out of the shared folder. Throws `model.used`, `model.name`, `model.others`. */
export async function removeModel(options: RemoveOptions): Promise<RemoveReport> {
  const entry = catalogueEntry(options.name);
  const name = entry?.name ?? options.name;
  if (entry?.origin === "bundled")
    throw new AmalfaError("model.used", `${name} comes with amalfa and is not removed.`);
  const shared = sharedModels();
  const folder = join(shared ?? "", name);
  if (shared === undefined || !MODEL_NAME.test(name) || !existsSync(folder)) {
    throw new AmalfaError(
      "model.name",
      `The model ${name} is not in ${shared ?? "any folder of this user's"}.`,
    );
  }
  const isUsed = options.configured === name || (options.madeBy ?? "") === findModel(name)?.id;
  if (isUsed && !options.force) {
    throw new AmalfaError("model.used", `The model ${name} is used by this project and stays.`, {
      hint: "Choose another one with `amalfa models use` and run `amalfa init`, or add --force.",
    });
  }
  return await inWorkshop(name, options, async (workshop) => {
    const bytes = readTree(folder)?.bytes ?? 0;
    try {
      takeAway(workshop, name);
    } catch (error) {
      throw unusable(error);
    }
    return { name, folder, bytes };
  });
}
