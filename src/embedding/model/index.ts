/** The model's files and its tokenizer. */
export { locateModel, noteModel, verifyFile, verifyModel } from "./files.ts";
export { loadTokenizer, type Tokenizer } from "./tokenizer.ts";
