/**
 * How many tokens a text costs whoever reads it.
 *
 * Counted with the tokenizer that the program brings along, since nobody knows which one a client's model has. It reads
 * long runs without spaces as one unknown word, which no model does: a text therefore costs at least a token for every
 * six bytes. Of texts that are put together with white space, the sum is never less than the cost of the whole.
 */
import { loadTokenizer, type Tokenizer } from "../embedding/model/index.ts";
import { DEFAULT_SETTINGS, type Project, requireModel } from "../project/index.ts";

export type CountTokens = (text: string) => number;

const BYTES_A_TOKEN = 6;

let loading: Promise<Tokenizer> | undefined;

/** Throws `model.missing` and `model.damaged`. */
export async function loadTokenCount({ paths }: Pick<Project, "paths">): Promise<CountTokens> {
  // Always the model that comes with the program: what an answer costs does not depend on what a project embeds with.
  loading ??= loadTokenizer(requireModel(DEFAULT_SETTINGS.model), paths.models);
  try {
    const tokenizer = await loading;
    return (text) =>
      Math.max(tokenizer.count(text), Math.ceil(Buffer.byteLength(text, "utf8") / BYTES_A_TOKEN));
  } catch (error) {
    loading = undefined;
    throw error;
  }
}
