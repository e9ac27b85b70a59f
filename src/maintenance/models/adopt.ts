/**
 * Models from a folder: one that its user names, and what earlier versions of amalfa left in a project. They are
 * copied, so that nobody changes them later under the digests that stand in the record.
 */
import { constants, copyFileSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { digestOf } from "../../embedding/model/index.ts";
import type { CatalogueEntry, CatalogueFile, ModelFiles } from "../../project/index.ts";
import { AmalfaError } from "../../system/index.ts";
import type { PulledFile } from "./install.ts";

/** Where the weights may lie, the best first. */
const WEIGHTS = [
  "onnx/model.onnx",
  "model.onnx",
  "model_optimized.onnx",
  "onnx/model_quantized.onnx",
  "model_quantized.onnx",
];

/** A folder that has a model's files. */
export interface EarlierFolder {
  readonly path: string;
  copyTo(folder: string): { readonly files: Record<keyof ModelFiles, PulledFile>; readonly source: string };
}

/** What earlier versions left of a model, below these roots. */
export function adoptable({ name }: CatalogueEntry, roots: readonly string[]): EarlierFolder | undefined {
  const places = roots.flatMap((root) => [
    join(root, ".amalfa/cache", `fast-${name}`),
    join(root, "local_cache", `fast-${name}`),
  ]);
  const path = places.find((place) => hasFile(place, "tokenizer.json") && weightsIn(place) !== undefined);
  if (path === undefined) return undefined;
  return { path, copyTo: (folder) => ({ files: copyModel(path, folder), source: path }) };
}

function weightsIn(folder: string): string | undefined {
  return WEIGHTS.find((path) => hasFile(folder, path));
}

function hasFile(folder: string, path: string): boolean {
  return statSync(join(folder, path), { throwIfNoEntry: false })?.isFile() === true;
}

export interface CopyOptions {
  /** Where the weights lie, if that is said. */
  readonly onnx?: string | undefined;
  /** What the files have to be, as far as that is known. */
  readonly expected?: Readonly<Partial<Record<keyof ModelFiles, CatalogueFile>>> | undefined;
}

/** Copies a model's files. Throws `model.unusable` where some are missing, `model.digest` where one is another. */
export function copyModel(
  from: string,
  to: string,
  { onnx, expected = {} }: CopyOptions = {},
): Record<keyof ModelFiles, PulledFile> {
  const weights = onnx ?? weightsIn(from);
  if (weights === undefined || !hasFile(from, weights))
    throw lacking(from, `no ${onnx ?? WEIGHTS.join(", no ")}`);
  if (!hasFile(from, "tokenizer.json")) throw lacking(from, "no tokenizer.json");
  // What an interrupted download has left is of other files.
  rmSync(to, { recursive: true, force: true });
  const copied = (kind: keyof ModelFiles, path: string): PulledFile => {
    const place = join(to, path);
    mkdirSync(dirname(place), { recursive: true });
    if (hasFile(from, path)) copyFileSync(join(from, path), place, constants.COPYFILE_FICLONE);
    else writeFileSync(place, "{}\n");
    const { sha256, bytes } = digestOf(place);
    const wanted = expected[kind]?.sha256;
    if (wanted !== undefined && wanted !== sha256) throw another(join(from, path), sha256, wanted);
    return { path, sha256, bytes, fetched: 0, digest: wanted === undefined ? "first seen" : "pinned" };
  };
  return {
    onnx: copied("onnx", weights),
    tokenizer: copied("tokenizer", "tokenizer.json"),
    tokenizerConfig: copied("tokenizerConfig", "tokenizer_config.json"),
  };
}

function lacking(folder: string, what: string): AmalfaError {
  return new AmalfaError("model.unusable", `There is no model in ${folder}: it has ${what}.`, {
    hint: "A folder of a model has an ONNX file and the tokenizer.json that belongs to it.",
    exit: 2,
  });
}

function another(path: string, sha256: string, wanted: string): AmalfaError {
  return new AmalfaError(
    "model.digest",
    `${path} is not the file that it should be: its SHA-256 is ${sha256}, expected ${wanted}.`,
    { hint: "Nothing was installed. Give the model another name to take it as a model of its own." },
  );
}

/** Whether a folder is there at all. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
