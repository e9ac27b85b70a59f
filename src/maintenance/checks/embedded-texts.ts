/** The exact texts that were embedded, made again from the files: the graph keeps passages without the headings above them. */
import type { Model } from "../../embedding/catalogue.ts";
import { loadTokenizer } from "../../embedding/tokenizer.ts";
import { embedText } from "../../ingest/embed-text.ts";
import { readContent } from "../../ingest/read-content.ts";
import { prepareDocument } from "../../ingest/read-document.ts";
import type { CheckContext } from "./context.ts";

/** Texts by their keys in the vector cache, of the documents `ids`; those that cannot be read are left out. */
export async function embeddedTexts(
  context: CheckContext,
  model: Model,
  ids: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const { files } = await context.discovery();
  const tokenizer = await loadTokenizer(model, context.project.paths.models);
  const texts = new Map<string, string>();
  for (const file of files) {
    if (!ids.has(file.id)) continue;
    try {
      const document = prepareDocument(readContent(file), { tokenizer, model });
      for (const chunk of document.chunks) texts.set(chunk.key, embedText(chunk));
    } catch {
      // Files that cannot be read are named by config.sources and by the next ingest.
    }
  }
  return texts;
}
