/**
 * Copies that a tool which syncs folders makes of a note that two machines have changed. They say what the note says,
 * or said, and may be nearer to a query: a state that nobody decided on would be the answer.
 */
import type { Database } from "bun:sqlite";
import type { RankedFile } from "./one-file.ts";

/** A document with the one that it is a copy or an old version of, where both are in the graph. */
export interface RankedCopy extends RankedFile {
  readonly conflictCopyOf?: string;
  readonly supersededBy?: string;
}

/** Syncthing; Dropbox, Nextcloud and Obsidian; ownCloud; Seafile. `Note 2.md` may be somebody's second note. */
const MARKS = [
  /\.sync-conflict-\d{8}-\d{6}(?:-[A-Z0-9]{7})?$/i,
  / ?\((?:[^()]* )?conflicted copy(?: [^()]*)?\)$/i,
  /_conflict-\d{8}-\d{6}$/i,
  / ?\(SFConflict [^()]*\)$/i,
];

/** The path of the document that a path says it is a copy of; of a copy of a copy, that of the first one. */
function originalOf(id: string): string | undefined {
  const [, path = "", extension = ""] = /^(.*?)(\.[^./]+)?$/su.exec(id) ?? [];
  let original = path;
  for (let before = ""; before !== original; ) {
    before = original;
    original = MARKS.reduce((name, mark) => name.replace(mark, ""), before);
  }
  return original === path || /(?:^|\/)$/.test(original) ? undefined : original + extension;
}

/** Documents of a long ranking that are looked at, or for each result that is wanted. */
const FIRST = 200;
const FOR_EACH = 4;
/** The share of its confidence that a copy keeps, or an old version. */
export const OF_AN_ORIGINAL = 0.8;

/** The same documents; a copy comes right after its original if both are among them, at the place of the better one. */
export function copiesAfterOriginals(
  db: Database,
  documents: readonly RankedFile[],
  limit: number,
): readonly RankedCopy[] {
  const end = Math.max(FIRST, FOR_EACH * limit);
  const first = documents.slice(0, end);
  const originals = originalsIn(
    db,
    first.map(({ node }) => node),
  );
  if (originals.size === 0) return documents;
  const groups = new Map<string, RankedCopy[]>();
  for (const document of first) {
    const original = originals.get(document.node);
    const name = original ?? document.node;
    const worth = (document.worth ?? 1) * OF_AN_ORIGINAL;
    const each = original === undefined ? document : { ...document, worth, conflictCopyOf: original };
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [each]);
    else known.push(each);
  }
  return [...inDescendingScores([...groups.values()].flatMap(originalFirst)), ...documents.slice(end)];
}

/** A score says where a document comes, so that it is no lower than that of what comes after it. */
export function inDescendingScores(inOrder: readonly RankedCopy[]): readonly RankedCopy[] {
  let least = Number.NEGATIVE_INFINITY;
  const scored = inOrder.toReversed().map((each) => {
    least = Math.max(least, each.score);
    return { ...each, score: least };
  });
  return scored.reverse();
}

/** With the best score of all for the original. */
function originalFirst(group: readonly RankedCopy[]): RankedCopy[] {
  const original = group.find(({ conflictCopyOf }) => conflictCopyOf === undefined);
  if (original === undefined) return [...group];
  const copies = group.filter((each) => each !== original);
  return [{ ...original, score: Math.max(...group.map(({ score }) => score)) }, ...copies];
}

/** Of those of these documents that are copies, the originals that the graph has. */
export function originalsIn(db: Database, ids: readonly string[]): ReadonlyMap<string, string> {
  const named = ids.flatMap((id): [string, string][] => {
    const original = /conflict/i.test(id) ? originalOf(id) : undefined;
    return original === undefined ? [] : [[id, original]];
  });
  if (named.length === 0) return new Map();
  const wanted = JSON.stringify(named.map(([, original]) => original));
  const rows = db
    .query("SELECT n.id FROM json_each(?) j CROSS JOIN nodes n ON n.id = j.value")
    .values(wanted);
  const known = new Set(rows.flat());
  return new Map(named.filter(([, original]) => known.has(original)));
}
