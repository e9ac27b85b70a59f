/** A graph of one note for each text, among notes that have nothing to do with them; for a file of tests. */
import type { Database } from "bun:sqlite";
import { afterAll } from "bun:test";
import { SemanticIndex } from "../../src/graph/search/index.ts";
import { openFixtureGraph, writeFixture } from "./graph-fixture.ts";
import { TempFolder } from "./temp-folder.ts";

/**
 * Call at the top of a test file.
 *
 * @param texts by the names of their documents, without `.md`
 * @param others how many other notes there are, and what each says
 */
export function useSearchableTexts(
  texts: Readonly<Record<string, string>>,
  others: { readonly count: number; readonly text: (at: number) => string },
): { readonly db: Database; readonly index: SemanticIndex } {
  const folder = new TempFolder();
  const db = openFixtureGraph(folder.join("graph.db"));
  const filler = Array.from({ length: others.count }, (_, at) => [`x${at}`, others.text(at)] as const);
  const named = [...Object.entries(texts), ...filler];
  writeFixture(
    db,
    named.map(([name, text]) => ({ id: `${name}.md`, title: "Note", texts: [text] })),
  );
  afterAll(() => {
    db.close();
    folder[Symbol.dispose]();
  });
  return { db, index: new SemanticIndex(db) };
}
