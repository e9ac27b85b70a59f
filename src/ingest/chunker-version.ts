/**
 * Part of what the graph remembers of how it was made: when documents are cut or read differently, every document is read again.
 * Apart from the chunker itself, so that finding out costs no import of the parser.
 */
export const CHUNKER_VERSION = "3";
