/** The model's files and its tokenizer. */
export { locateModel, verifyModel, verifyOnce } from "./files.ts";
export { loadTokenizer, type Tokenizer } from "./tokenizer.ts";
