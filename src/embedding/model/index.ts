/** The model's files and its tokenizer. */
export { digestOf, locateModel, noteModel, pathsIn, verifyFile, verifyModel } from "./files.ts";
export { loadTokenizer, type Tokenizer } from "./tokenizer.ts";
