/**
 * Models, each with everything that shapes its vectors.
 *
 * A model id names all of that and ends with a digest of it, of fixed length. Were one id a suffix of another, their
 * ends, and so the digests, would be equal, and with them the ids: hence no id is a proper suffix of another, and
 * `text + model id` can be read in one way only.
 *
 * The models that come with amalfa are always there. Another one is there once its files were pulled or added: what
 * they are is then in its record, in the user's folder of models.
 */
import { AmalfaError } from "../system/index.ts";
import {
  CATALOGUE,
  type CatalogueEntry,
  catalogueEntry,
  type ModelFiles,
  type ModelTraits,
  traitsOf,
} from "./model-catalogue.ts";
import { type ModelRecord, readModelRecord, readModelRecords } from "./model-records.ts";
import { nearestName } from "./near-keys.ts";

export { type ModelFile, type ModelFiles, type ModelTraits, traitsOf } from "./model-catalogue.ts";

export interface Model extends ModelTraits {
  /** The model id: part of every key of the vector cache. */
  readonly id: string;
  readonly files: ModelFiles;
}

/** Hex digits of the digest that ends a model id. */
const DIGEST_LENGTH = 16;

/** A model with its id. */
export function modelOf(traits: ModelTraits & { readonly files: ModelFiles }): Model {
  const { files, prefixes } = traits;
  const readable = [
    `${traits.name}@${files.onnx.sha256.slice(0, 12)}`,
    traits.quantisation,
    traits.pooling,
    traits.normalisation,
    `${traits.dimensions}d`,
    `${traits.maxTokens}t`,
  ].join(":");
  const whole = [readable, files.onnx.sha256, files.tokenizer.sha256, files.tokenizerConfig.sha256];
  // As JSON, since a prefix may hold whatever separates the others; models without any keep the id they always had.
  if (prefixes.query !== "" || prefixes.passage !== "")
    whole.push(JSON.stringify([prefixes.query, prefixes.passage]));
  const digest = new Bun.CryptoHasher("sha256").update(whole.join("\n")).digest("hex");
  return { ...traits, id: `${readable}:${digest.slice(0, DIGEST_LENGTH)}` };
}

/** The models that come with amalfa, the default first. */
export const MODELS: readonly Model[] = CATALOGUE.flatMap((entry) => {
  const { files, ...traits } = entry;
  return entry.origin === "bundled" ? [modelOf({ ...traits, files: files as ModelFiles })] : [];
});

export const DEFAULT_MODEL_NAME = "all-MiniLM-L6-v2";

/** The names of the models that come with amalfa, the default first. */
export function modelNames(): readonly string[] {
  return MODELS.map((model) => model.name);
}

/** A model that is there, by its name or another one that people write; undefined as well before it was pulled. */
export function findModel(name: string): Model | undefined {
  const entry = catalogueEntry(name);
  if (entry?.origin === "bundled") return MODELS.find((model) => model.name === entry.name);
  const record = readModelRecord(entry?.name ?? name);
  return record === undefined ? undefined : recorded(record);
}

/** The model that an id names, as far as it is there. */
export function findModelById(id: string): Model | undefined {
  const bundled = MODELS.find((model) => model.id === id);
  return (
    bundled ??
    readModelRecords()
      .map(recorded)
      .find((model) => model.id === id)
  );
}

/** The length of vectors that a model id names; undefined for what is none of ours. */
export function dimensionsOfId(id: unknown): number | undefined {
  const [, dimensions] = /:(\d+)d:\d+t:[0-9a-f]{16}$/.exec(String(id)) ?? [];
  return dimensions === undefined ? undefined : Number(dimensions);
}

/** What the catalogue knows of a model goes before what is noted beside its files. */
function recorded(record: ModelRecord): Model {
  const entry = catalogueEntry(record.name);
  const traits = traitsOf(entry?.name === record.name ? entry : record);
  return modelOf({ ...traits, directory: record.directory, files: record.files });
}

/** A name as the catalogue or the folder of models has it; undefined for one that is nowhere. */
export function canonicalModelName(name: string): string | undefined {
  return catalogueEntry(name)?.name ?? readModelRecord(name)?.name;
}

/** What can be told of a model without its files. */
export function describeModel(name: string): ModelTraits | undefined {
  const entry = catalogueEntry(name);
  if (entry !== undefined) return traitsOf(entry);
  return findModel(name);
}

/**
 * Throws `config.invalid` (exit 2) for a name that is unknown, with those that are not, and `model.missing` for a
 * model whose files have to be fetched first.
 */
export function requireModel(name: string): Model {
  const model = findModel(name);
  if (model !== undefined) return model;
  const entry = catalogueEntry(name);
  if (entry !== undefined) throw notPulled(entry);
  const names = CATALOGUE.map((each) => each.name).join(", ");
  throw new AmalfaError("config.invalid", `There is no model "${name}".`, {
    hint:
      `${modelMeant(name)}Run \`amalfa models list\` and set \`embeddings.model\` to one of ${names}; ` +
      "`amalfa models add` adds a model from a folder.",
  });
}

/** A question before a hint: which model of the catalogue an unknown name is most like; empty where it is like none. */
export function modelMeant(name: string): string {
  const names = CATALOGUE.map((each) => each.name);
  const near = nearestName(name.replace(/^.*\//, ""), names);
  return near === undefined ? "" : `Did you mean ${near}? `;
}

function notPulled({ name, download }: CatalogueEntry): AmalfaError {
  return new AmalfaError("model.missing", `The model ${name} is not on this machine.`, {
    hint:
      `Run \`amalfa models pull ${name}\` to download it (about ${Math.round(download / 1e6)} MB), or ` +
      `\`amalfa models use ${DEFAULT_MODEL_NAME}\` for the model that comes with amalfa. Without a network, copy ` +
      `the model's folder from another machine and run \`amalfa models add <folder> --name ${name}\`.`,
  });
}
