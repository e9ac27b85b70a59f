/** From files that were prepared to a model that is there: tried, recorded, and put in its place whole. */
import {
  type Model,
  type ModelFile,
  type ModelFiles,
  type ModelRecord,
  modelOf,
  traitsOf,
} from "../../project/index.ts";
import { putInPlace, unusable, type Workshop } from "./folder.ts";
import { tryModel } from "./trial.ts";

export interface PulledFile extends ModelFile {
  readonly bytes: number;
  /** Bytes that were fetched now. */
  readonly fetched: number;
  /**
   * What vouches for it: the catalogue, what the hub said beforehand, what was recorded earlier, or nobody before this
   * first time.
   */
  readonly digest: "pinned" | "announced" | "recorded" | "first seen";
}

/** Tries the model and puts it in its place. */
export async function install(
  traits: Omit<ModelRecord, "files" | "source" | "recorded">,
  files: ModelFiles,
  source: string,
  workshop: Workshop,
): Promise<Model> {
  const plain = (file: ModelFile): ModelFile => ({ path: file.path, sha256: file.sha256 });
  const record: ModelRecord = {
    ...traitsOf(traits),
    directory: traits.name,
    files: {
      onnx: plain(files.onnx),
      tokenizer: plain(files.tokenizer),
      tokenizerConfig: plain(files.tokenizerConfig),
    },
    source,
    recorded: new Date().toISOString(),
  };
  const { source: _, recorded: __, ...model } = record;
  const made = modelOf(model);
  await tryModel(made, workshop.path);
  try {
    putInPlace(workshop, record);
  } catch (error) {
    throw unusable(error);
  }
  return made;
}
