/**
 * `models add`: a model from a folder of the user's, with what has to be known of it: a small description beside its
 * files, a name of the catalogue, or both in the record of a folder that comes from another machine.
 */
import { statSync } from "node:fs";
import { basename, join } from "node:path";
import {
  type CatalogueEntry,
  catalogueEntry,
  MODEL_NAME,
  MOST_DIMENSIONS,
  MOST_TOKENS,
  type ModelFiles,
  type ModelTraits,
  POOLINGS,
  QUANTISATION,
  RECORD_NAME,
} from "../../project/index.ts";
import { readSmallFile } from "../../system/files/index.ts";
import { AmalfaError, messageOf } from "../../system/index.ts";
import { type CopyOptions, copyModel, isFolder } from "./adopt.ts";
import { inWorkshop, requireSharedModels, type TakeOptions } from "./folder.ts";
import { install, type PulledFile } from "./install.ts";
import { requireElsewhere } from "./whose.ts";

export interface AddOptions extends TakeOptions {
  /** Absolute path. */
  readonly folder: string;
  /** What it is to be called; else what its description says, else the folder's name. */
  readonly name: string | undefined;
}

export interface AddReport {
  readonly name: string;
  readonly id: string;
  readonly folder: string;
  readonly source: string;
  readonly dimensions: number;
  readonly files: readonly PulledFile[];
}

/** Throws `model.*` and `interrupted`. */
export async function addModel(options: AddOptions): Promise<AddReport> {
  const { folder } = options;
  if (!isFolder(folder))
    throw new AmalfaError("model.unusable", `${folder} is no folder.`, { exit: 2, hint: FORMAT_HINT });
  requireElsewhere(folder);
  const description = readDescription(folder);
  const name = options.name ?? description?.name ?? basename(folder);
  const entry = catalogueEntry(name);
  if (entry?.origin === "bundled")
    throw new AmalfaError("model.name", `${entry.name} comes with amalfa and cannot be added.`);
  const traits = entry ?? description;
  if (traits === undefined) throw undescribed(folder, "there is none");
  const called = entry?.name ?? name;
  if (!MODEL_NAME.test(called)) {
    throw new AmalfaError("model.name", `A model cannot be called "${called}".`, {
      hint: "Give it a name of letters, digits, dots and hyphens with --name.",
    });
  }
  const copying: CopyOptions = { onnx: description?.onnx, expected: expectedFiles(entry, description) };
  return await inWorkshop(called, options, async (workshop) => {
    const files = copyModel(folder, workshop.model, copying);
    const model = await install({ ...traits, name: called, directory: called }, files, folder, workshop);
    return {
      name: called,
      id: model.id,
      folder: join(requireSharedModels(), called),
      source: folder,
      dimensions: model.dimensions,
      files: Object.values(files),
    };
  });
}

function expectedFiles(entry: CatalogueEntry | undefined, description: Description | undefined) {
  const pinned = Object.entries(entry?.files ?? {}).filter(([, file]) => file.sha256 !== undefined);
  return { ...description?.files, ...Object.fromEntries(pinned) } as CopyOptions["expected"];
}

interface Description extends Omit<ModelTraits, "name" | "directory"> {
  readonly name: string | undefined;
  /** Where the weights lie in the folder. */
  readonly onnx: string | undefined;
  /** In a record from another machine. */
  readonly files: Partial<ModelFiles>;
}

const FORMAT_HINT =
  `Write ${RECORD_NAME} into the folder, such as ` +
  '{"pooling": "mean", "dimensions": 384, "maxTokens": 512, "prefixes": {"query": "query: ", "passage": "passage: "}}.';

const MOST_BYTES = 64 * 1024;

/** Undefined where there is none. Throws `model.unusable` for one that cannot be understood. */
function readDescription(folder: string): Description | undefined {
  const path = join(folder, RECORD_NAME);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readSmallFile(path, MOST_BYTES));
  } catch (error) {
    throw undescribed(folder, messageOf(error));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw undescribed(folder, "it is no object");
  return checked(folder, value as Record<string, unknown>);
}

function checked(folder: string, value: Record<string, unknown>): Description {
  const { name, quantisation = "fp32", pooling, dimensions, maxTokens, languages, files = {} } = value;
  const prefixes = { query: "", passage: "", ...(value.prefixes as object | undefined) };
  const known = POOLINGS.find((each) => each === pooling);
  const recorded = files as Partial<ModelFiles>;
  const onnx = value.onnx ?? recorded.onnx?.path;
  const wrong = [
    ...(known === undefined ? [`"pooling" is ${POOLINGS.map((each) => `"${each}"`).join(" or ")}`] : []),
    ...(isCount(dimensions, MOST_DIMENSIONS) ? [] : [`"dimensions" is a number up to ${MOST_DIMENSIONS}`]),
    ...(isCount(maxTokens, MOST_TOKENS) ? [] : [`"maxTokens" is a number up to ${MOST_TOKENS}`]),
    ...(QUANTISATION.test(String(quantisation)) ? [] : ['"quantisation" is a word such as "int8"']),
    ...(typeof prefixes.query === "string" && typeof prefixes.passage === "string"
      ? []
      : ['"prefixes" has a text for "query" and one for "passage"']),
    ...(onnx === undefined || isInside(onnx) ? [] : ['"onnx" is a path inside the folder']),
    ...(name === undefined || typeof name === "string" ? [] : ['"name" is a text']),
  ];
  if (wrong.length > 0) throw undescribed(folder, `expected: ${wrong.join("; ")}`);
  return {
    name: name as string | undefined,
    onnx: onnx as string | undefined,
    files: recorded,
    quantisation: String(quantisation),
    pooling: known!,
    prefixes,
    normalisation: "l2",
    dimensions: dimensions as number,
    maxTokens: maxTokens as number,
    languages: languages === "many" ? "many" : "English",
  };
}

function isCount(value: unknown, most: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= most;
}

function isInside(path: unknown): boolean {
  return typeof path === "string" && /^[\w.-]+(?:\/[\w.-]+)*$/.test(path) && !path.split("/").includes("..");
}

function undescribed(folder: string, why: string): AmalfaError {
  return new AmalfaError(
    "model.unusable",
    `${join(folder, RECORD_NAME)} says nothing of the model: ${why}.`,
    {
      hint: FORMAT_HINT,
      exit: 2,
    },
  );
}
