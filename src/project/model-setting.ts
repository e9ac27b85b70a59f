/** From what the settings call a model to the model that is meant, and what is wrong with either. */
import type { ConfigProblem } from "./config-error.ts";
import { CATALOGUE, catalogueEntry } from "./model-catalogue.ts";
import { canonicalModelName, describeModel, findModel } from "./models.ts";
import { DEFAULT_MODEL, type Settings } from "./settings.ts";

/** A model as far as it has to be known to compare the settings with it. */
export interface KnownModel {
  readonly name: string;
  readonly dimensions: number;
}

export interface ModelSetting extends Pick<Settings, "model" | "dimensions"> {
  /** What was written, where that is an earlier version's model and another one is used until its user chooses. */
  readonly replaced: string | undefined;
}

/** What the settings of earlier versions name, mostly because a file was written with it. */
const EARLIER_MODELS: ReadonlySet<string> = new Set([
  "BAAI/bge-small-en-v1.5",
  "bge-small-en-v1.5",
  "fast-bge-small-en-v1.5",
]);

/**
 * The model of earlier versions is used where its files are on this machine. Where they are not, the default one is,
 * with a word about it, and the dimensions are nobody's claim any more, so that they are not compared.
 */
export function resolveModel(written: string | undefined, dimensions: number | undefined): ModelSetting {
  if (written === undefined) return { model: DEFAULT_MODEL, dimensions, replaced: undefined };
  if (EARLIER_MODELS.has(written) && findModel(written) === undefined) {
    return { model: DEFAULT_MODEL, dimensions: undefined, replaced: written };
  }
  return { model: canonicalModelName(written) ?? written, dimensions, replaced: undefined };
}

/** What whoever comes from an earlier version has to choose. */
export function replacedModelWarning(file: string, written: string): string {
  const name = catalogueEntry(written)?.name ?? written;
  return (
    `${file}: embeddings.model: ${written} belongs to an earlier version of amalfa and is not on this machine; ` +
    `${DEFAULT_MODEL} is used instead. Choose: \`amalfa models use ${DEFAULT_MODEL}\` keeps that one, ` +
    `\`amalfa models pull ${name}\` fetches the other.`
  );
}

/** @param models those that come with amalfa */
export function modelProblems(
  { model, dimensions }: Pick<Settings, "model" | "dimensions">,
  models: readonly KnownModel[],
): ConfigProblem[] {
  const known = models.find(({ name }) => name === model) ?? describeModel(model);
  if (known === undefined) {
    const names = new Set([...models, ...CATALOGUE].map(({ name }) => `"${name}"`));
    const expected = `${[...names].join(", ")} or one that was added with \`amalfa models add\``;
    return [{ key: "embeddings.model", message: `expected ${expected}, found "${model}"` }];
  }
  if (dimensions === undefined || dimensions === known.dimensions) return [];
  const message = `expected ${known.dimensions}, which is what ${model} has, found ${dimensions}`;
  return [{ key: "embeddings.dimensions", message }];
}
