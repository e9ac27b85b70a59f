/** The tags of the documents, and how many have each. */
import { storedTexts } from "../graph/index.ts";
import { answerFresh, type FreshGraph, type Told } from "./freshness/index.ts";

export interface TagCount {
  /** As most documents write it. */
  readonly tag: string;
  readonly documents: number;
}

export interface TagsReport {
  /** The most used come first. */
  readonly tags: readonly TagCount[];
  /** Documents that have any of these. */
  readonly documents: number;
}

/** @param prefix only tags that begin so, whatever their case, with or without `#` */
export async function listTags(graph: FreshGraph, prefix = ""): Promise<TagsReport & Told> {
  const wanted = prefix.trim().replace(/^#/, "").toLowerCase();
  return answerFresh(graph, ({ db }, { gone }) => {
    const rows = db.query("SELECT id, tags FROM nodes WHERE tags <> '[]' ORDER BY id").values() as [
      string,
      string,
    ][];
    const present = rows.filter(([id]) => !gone.has(id)).map(([id, tags]) => storedTexts(tags, id));
    const having = present.filter((tags) => tags.some((tag) => tag.toLowerCase().startsWith(wanted)));
    const value = { tags: countTags(having, wanted), documents: having.length };
    return { value, stale: { changed: [], removed: [] } };
  });
}

export function countTags(documents: readonly (readonly string[])[], prefix = ""): TagCount[] {
  const spellings = new Map<string, Map<string, number>>();
  for (const tags of documents) {
    const each = new Map(tags.map((tag) => [tag.toLowerCase(), tag]));
    for (const [key, tag] of each) {
      if (!key.startsWith(prefix)) continue;
      const written = spellings.get(key) ?? new Map<string, number>();
      written.set(tag, (written.get(tag) ?? 0) + 1);
      spellings.set(key, written);
    }
  }
  return [...spellings.values()].map(asCount).sort(byUse);
}

function asCount(written: ReadonlyMap<string, number>): TagCount {
  const [most] = [...written].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const documents = [...written.values()].reduce((sum, count) => sum + count, 0);
  return { tag: most?.[0] ?? "", documents };
}

function byUse(a: TagCount, b: TagCount): number {
  return b.documents - a.documents || (a.tag < b.tag ? -1 : 1);
}
