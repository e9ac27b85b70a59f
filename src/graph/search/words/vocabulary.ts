/** The words of the full-text index, and which languages' stems are among them. */
import type { Database } from "bun:sqlite";
import { readGeneration } from "../../state.ts";
import { STEM, STEMMED_LANGUAGES } from "../language/index.ts";

/** Each word of the index with how often it stands there. In the temporary database: the graph may be read-only. */
export function openVocabulary(db: Database): void {
  db.run(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.index_entries USING fts5vocab('main', 'search_index', 'row')",
  );
}

/** Each place of each word of the index. */
export function openPlaces(db: Database): void {
  db.run(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.index_places USING fts5vocab('main', 'search_index', 'instance')",
  );
}

const languages = new WeakMap<Database, { readonly generation: number; readonly found: readonly string[] }>();

/** The languages whose stems the graph has; a look at the place of each in the list of entries. */
export function languagesOf(db: Database): readonly string[] {
  const generation = readGeneration(db);
  const known = languages.get(db);
  if (known?.generation === generation) return known.found;
  const found = readLanguages(db);
  languages.set(db, { generation, found });
  return found;
}

function readLanguages(db: Database): string[] {
  openVocabulary(db);
  const next = db.query<{ term: string }, [string]>(
    "SELECT term FROM temp.index_entries WHERE term >= ? LIMIT 1",
  );
  if (next.get(STEM)?.term.startsWith(STEM) !== true) return [];
  return STEMMED_LANGUAGES.filter((language) => next.get(STEM + language)?.term.startsWith(STEM + language));
}
