/** A document with a front matter, read. */
import { parseDocument } from "../../src/ingest/markdown/parse.ts";

export const withFrontMatter = (yaml: string) => parseDocument(`---\n${yaml}\n---\nBody.\n`);
