/**
 * The exact texts that were embedded, made again from the files: the graph keeps chunks without the headings above
 * them.
 */
import { loadTokenizer } from "../../embedding/model/index.ts";
import { chunkText } from "../../ingest/chunking/index.ts";
import { loadGrammarsFor } from "../../ingest/code/index.ts";
import { loadPreparation, readContent } from "../../ingest/reading/index.ts";
import type { Model } from "../../project/index.ts";
import type { CheckContext } from "./context.ts";

const { prepareDocument } = await loadPreparation();

/** Texts by their keys in the vector cache, of the documents `ids`; those that cannot be read are left out. */
export async function embeddedTexts(
  context: CheckContext,
  model: Model,
  ids: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const { files } = await context.discovery();
  const tokenizer = await loadTokenizer(model, context.project.paths.models);
  const wanted = files.filter(({ id }) => ids.has(id));
  const declarations = await loadGrammarsFor(wanted.map(({ id }) => id));
  const texts = new Map<string, string>();
  for (const file of wanted) {
    try {
      const document = prepareDocument(readContent(file), { tokenizer, model, declarations });
      for (const chunk of document.chunks) texts.set(chunk.key, chunkText(chunk, model));
    } catch {
      // Files that cannot be read are named by config.sources and by the next ingest.
    }
  }
  return texts;
}
