/** A small vault of notes with every kind of link, for tests that run the whole program. */
import { Database } from "bun:sqlite";
import { GRAPH } from "./project-files.ts";
import { TempFolder } from "./temp-folder.ts";

export const NOTES: Readonly<Record<string, string>> = {
  "README.md": "# Allotment\n\nNotes about a garden. Start with [the plan](plan/season.md).\n",
  "plan/season.md":
    "---\ntitle: The season\ntags: [plan, 2026]\nrelated: '[[tomatoes]]'\n---\n# The season\n\nSow early, then see [compost](../soil/compost.md#heat).\n\n## Spring\n\nPrepare the beds. ![[tomatoes]]\n\n## Autumn\n\nBring in the harvest and cover the soil.\n",
  "crops/tomatoes.md":
    "# Tomatoes\n\nWater at the root in the morning. <!-- tags: [DEPENDS_ON: soil/compost.md] -->\n\nNever let leaves stay wet. See [[missing note]].\n",
  "soil/compost.md":
    "# Compost\n\n## Heat\n\nA heap of a cubic metre gets hot enough to kill seeds.\n\n[back](/README.md)\n",
  "soil/worms.md": "Worms have no heading here.\n\nThey like it damp and dark.\n",
};

/** A folder with {@link NOTES}, as a project without settings. */
export function notesFolder(): TempFolder {
  return new TempFolder().write(NOTES);
}

/** Rows of one query on the project's graph. */
export function graphQuery<Row = Record<string, unknown>>(folder: TempFolder, sql: string): Row[] {
  using db = new Database(folder.join(GRAPH), { readonly: true });
  return db.query<Row, []>(sql).all();
}
