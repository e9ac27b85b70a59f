/**
 * The user's folder of models, shared by all projects: each model has a folder of its own in it, with a record of what
 * its files are.
 *
 * A record is the user's word, written by `models pull` and `models add`; one in a project's folder would be somebody
 * else's and is never read.
 */
import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { readSmallFile } from "../system/files/index.ts";
import { AmalfaError, userCacheFolder } from "../system/index.ts";
import { type ModelFile, type ModelFiles, type ModelTraits, POOLINGS } from "./model-catalogue.ts";

export const RECORD_NAME = "amalfa-model.json";

/** Names of models, which are names of folders as well. */
export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Names of number formats. */
export const QUANTISATION = /^[a-z][a-z0-9]{0,11}$/;

/** What a record says. Plain data. */
export interface ModelRecord extends ModelTraits {
  readonly files: ModelFiles;
  /** Where it came from, for people. */
  readonly source: string;
  /** When, ISO 8601. */
  readonly recorded: string;
}

/**
 * The folder of models that all projects of a user share: `AMALFA_MODELS`, else one in the user's cache. Undefined
 * where there is no place for it. Throws `usage` where the variable is not absolute.
 */
export function sharedModels(): string | undefined {
  const { AMALFA_MODELS: set = "" } = process.env;
  if (set === "") {
    const cache = userCacheFolder();
    return cache === undefined ? undefined : join(cache, "amalfa", "models");
  }
  const path = set === "~" || set.startsWith("~/") ? join(homedir(), set.slice(1)) : set;
  if (isAbsolute(path)) return path;
  throw new AmalfaError("usage", `AMALFA_MODELS is "${set}", which is no absolute path.`, {
    hint: "Set it to the full path of a folder, or leave it unset for the usual one.",
  });
}

/** The record of a model; undefined where there is none, or none that can be used. */
export function readModelRecord(name: string): ModelRecord | undefined {
  const folder = sharedModels();
  if (folder === undefined || !MODEL_NAME.test(name)) return undefined;
  return readRecordIn(join(folder, name), name);
}

/** All records that can be used, by name. */
export function readModelRecords(): ModelRecord[] {
  const folder = sharedModels();
  if (folder === undefined) return [];
  try {
    return readdirSync(folder)
      .filter((name) => MODEL_NAME.test(name))
      .sort()
      .flatMap((name) => readRecordIn(join(folder, name), name) ?? []);
  } catch {
    return [];
  }
}

const MOST_BYTES = 64 * 1024;

/** The record in a folder, if it is one of the model of that name. */
export function readRecordIn(folder: string, name: string): ModelRecord | undefined {
  try {
    const path = join(folder, RECORD_NAME);
    const record = parseRecord(JSON.parse(readSmallFile(path, MOST_BYTES)));
    return record?.name === name ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Dimensions and tokens that a model may have; what is beyond is a mistake. */
export const MOST_DIMENSIONS = 4096;
export const MOST_TOKENS = 8192;

/** Checks every value: what is wrong in one place makes the whole record useless. */
function parseRecord(value: unknown): ModelRecord | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { version, name, quantisation, pooling, prefixes, dimensions, maxTokens, languages, files } =
    value as Record<string, unknown>;
  const { source = "", recorded = "" } = value as Record<string, unknown>;
  if (version !== 1 || typeof name !== "string" || typeof quantisation !== "string") return undefined;
  if (!QUANTISATION.test(quantisation)) return undefined;
  const known = POOLINGS.find((each) => each === pooling);
  const { query, passage } = (prefixes ?? {}) as Record<string, unknown>;
  if (known === undefined || typeof query !== "string" || typeof passage !== "string") return undefined;
  if (!isCount(dimensions, MOST_DIMENSIONS) || !isCount(maxTokens, MOST_TOKENS)) return undefined;
  const parsed = parseFiles(files);
  if (parsed === undefined) return undefined;
  return {
    name,
    directory: name,
    files: parsed,
    quantisation,
    pooling: known,
    prefixes: { query, passage },
    normalisation: "l2",
    dimensions,
    maxTokens,
    languages: languages === "many" ? "many" : "English",
    source: String(source),
    recorded: String(recorded),
  };
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= most;
}

function parseFiles(value: unknown): ModelFiles | undefined {
  const { onnx, tokenizer, tokenizerConfig } = (value ?? {}) as Record<string, unknown>;
  const [weights, words, config] = [parseFile(onnx), parseFile(tokenizer), parseFile(tokenizerConfig)];
  if (weights === undefined || words === undefined || config === undefined) return undefined;
  return { onnx: weights, tokenizer: words, tokenizerConfig: config };
}

/** A path that stays in the model's folder, and a digest. */
function parseFile(value: unknown): ModelFile | undefined {
  const { path, sha256 } = (value ?? {}) as Record<string, unknown>;
  if (typeof path !== "string" || typeof sha256 !== "string") return undefined;
  const isInside = /^[\w.-]+(?:\/[\w.-]+)*$/.test(path) && !path.split("/").includes("..");
  return isInside && /^[0-9a-f]{64}$/.test(sha256) ? { path, sha256 } : undefined;
}
