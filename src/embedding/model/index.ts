/** The model's files and its tokenizer. */
export {
  digestOf,
  locateModel,
  noteModel,
  pathsIn,
  placeOfModel,
  type Verification,
  verifyFile,
  verifyModel,
} from "./files.ts";
export type { Tokenizer } from "./tokenizer.ts";

/** Its library is as large as all of a command that embeds nothing. */
export const loadTokenizer: typeof import("./tokenizer.ts").loadTokenizer = async (...asked) =>
  (await import("./tokenizer.ts")).loadTokenizer(...asked);
