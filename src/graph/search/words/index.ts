/** Search by words: BM25, what each word tells, and what is meant to the letter or by name. */
export { asWritten, havingAsWritten } from "./as-written.ts";
export type { ScoredChunk } from "./common-words.ts";
export { IndexEntries } from "./index-entries.ts";
export { type FoundTerm, findByWords, type LexicalResult, lookUp, wordsOf } from "./lexical.ts";
export { asName, firstChunksMeant, isCalledSo, type NamedChunk } from "./named.ts";
export { type NearWords, nearInAll, nearLine, withoutSlips } from "./near-words.ts";
export { numbersBeside, worthOfNumbers } from "./numbers-beside.ts";
export { runsIn, worthOfRuns } from "./runs-of-words.ts";
export { lackedByAll, meansOneThing } from "./to-the-letter.ts";
export { languagesOf } from "./vocabulary.ts";
