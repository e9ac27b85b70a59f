/** From what a person or an agent calls a document to its id. */

import type { Database } from "bun:sqlite";
import { AmalfaError, dayOf, editDistance, otherNamesOf, pageNameOf } from "../system/index.ts";
import { documentsOfEarlierId } from "./earlier-versions.ts";
import { eachFileOnce } from "./same-file.ts";
import { storedText } from "./state.ts";

/** How many ids an error names at most. */
const NAMED = 5;

/**
 * The id that `wanted` means: the id itself, or the only one that ends with it; endings at a folder boundary go
 * first. Where none does, the only document whose name without the extension it is, or that has it as an alias or
 * title, as a wikilink would find it; or whose file writes the name or the day in another way, as those of Logseq; at
 * last the only one that an earlier version called so. Throws
 * `document.unknown` with the nearest ids, or `document.ambiguous` with those it could be.
 * @param isLink whether a document's path is a link: one to a document that it could be as well is no other document
 */
export function findDocumentId(
  db: Database,
  wanted: string,
  isLink: (id: string) => boolean = () => false,
): string {
  const exact = db.query<{ id: string }, [string]>("SELECT id FROM nodes WHERE id = ?").get(wanted);
  if (exact !== null) return exact.id;
  const ids = db
    .query("SELECT id FROM nodes ORDER BY id")
    .values()
    .map(([id]) => storedText(id, "a document"));
  const ending = wanted === "" ? [] : ids.filter((id) => id.endsWith(wanted));
  const atBoundary = ending.filter((id) => id.endsWith(`/${wanted}`));
  const byPath = atBoundary.length > 0 ? atBoundary : ending;
  const named = byPath.length > 0 ? byPath : namedLike(db, ids, wanted);
  const likeFiles = named.length > 0 ? named : namedOtherwise(ids, wanted);
  const fitting = likeFiles.length > 0 ? likeFiles : documentsOfEarlierId(ids, wanted);
  const candidates = fitting.length > 1 ? eachFileOnce(db, fitting, isLink) : fitting;
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  if (candidates.length > 1) {
    throw new AmalfaError(
      "document.ambiguous",
      `"${wanted}" could be ${candidates.length} documents: ${listed(candidates)}.`,
    );
  }
  const folder = folderOf(ids, wanted);
  const near = folder === undefined ? nearest(ids, wanted) : [];
  throw new AmalfaError("document.unknown", `There is no document "${wanted}" in the graph.`, {
    hint:
      folder !== undefined
        ? folder
        : near.length > 0
          ? `Did you mean ${listed(near)}?`
          : "`amalfa search` finds documents by what they say, `amalfa list-sources` says where they are looked for.",
  });
}

/** A sentence with the documents of the folder that was asked for, or whose path ends so, if there is one. */
function folderOf(ids: readonly string[], wanted: string): string | undefined {
  const name = wanted.replace(/^(?:\.\/)+/, "").replace(/\/+$/, "");
  if (name === "" || name === ".") return undefined;
  const ending = `/${name}/`;
  const atRoot = ids.filter((id) => id.startsWith(`${name}/`));
  const folders = new Set(
    ids.flatMap((id) => (id.includes(ending) ? [id.slice(0, id.indexOf(ending))] : [])),
  );
  const [above] = folders;
  const [path, within] =
    atRoot.length > 0 || above === undefined || folders.size > 1
      ? [name, atRoot]
      : [`${above}/${name}`, ids.filter((id) => id.startsWith(`${above}${ending}`))];
  if (within.length === 0) return undefined;
  const many = within.length === 1 ? "one document" : `${within.length} documents`;
  return `${path} is a folder with ${many}: ${listed(within)}.`;
}

/** Names are compared without regard to case. */
function namedLike(db: Database, ids: readonly string[], wanted: string): string[] {
  const name = wanted.normalize("NFC").toLowerCase();
  if (name === "") return [];
  const paths = endingLike(ids, wanted);
  if (paths.length > 0) return paths;
  const rows = db
    .query("SELECT id, title, aliases FROM nodes ORDER BY id")
    .values()
    .map((row) => row.map((value) => storedText(value, "a document")) as [string, string, string]);
  const isNamed = (names: readonly string[]): boolean =>
    names.some((each) => each.normalize("NFC").toLowerCase() === name);
  const aliased = rows.filter(([, , aliases]) => isNamed(namesIn(aliases)));
  return (aliased.length > 0 ? aliased : rows.filter(([, title]) => isNamed([title]))).map(([id]) => id);
}

function endingLike(ids: readonly string[], wanted: string): string[] {
  const name = wanted.normalize("NFC").toLowerCase();
  return ids.filter((id) => {
    const path = `/${id.normalize("NFC").toLowerCase()}`;
    return path.endsWith(`/${name}`) || withoutExtension(path).endsWith(`/${name}`);
  });
}

/** Those whose files write a name in another way: `___` for `/`, a day by its digits, a number with noughts. */
function namedOtherwise(ids: readonly string[], wanted: string): string[] {
  for (const name of otherNamesOf(wanted)) {
    // In ids `%` is escaped.
    const found = endingLike(ids, name.replaceAll("%", "%25"));
    if (found.length > 0) return found;
  }
  const day = dayOf(pageNameOf(withoutExtension(wanted)));
  const nameOf = (id: string): string =>
    withoutExtension(id.slice(id.lastIndexOf("/") + 1)).replaceAll("%25", "%");
  if (day !== undefined) return ids.filter((id) => dayOf(pageNameOf(nameOf(id))) === day);
  const bare = withoutNoughts(wanted);
  return /\d/.test(bare) ? ids.filter((id) => `/${withoutNoughts(id)}`.endsWith(`/${bare}`)) : [];
}

/** `OFF-2024-7` for `OFF-2024-007.md`. */
function withoutNoughts(name: string): string {
  return withoutExtension(name.normalize("NFC").toLowerCase()).replace(/(?<!\d)0+(?=\d)/g, "");
}

/** A damaged list is none: what is asked for is a document, and the doctor is who looks at rows. */
function namesIn(list: string): string[] {
  try {
    const names: unknown = JSON.parse(list);
    return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
  } catch {
    return [];
  }
}

function listed(ids: readonly string[]): string {
  const names = ids.slice(0, NAMED).join(", ");
  return ids.length > NAMED ? `${names}, …` : names;
}

/** From 0 to 1; below it a name has something in common with what was asked for and is another one. */
const NEAR = 0.45;
/** A shorter part of a name stands in too many. */
const TELLING_PART = 4;

/** Ids that look like what was asked for, by their paths or by their own names, the likeliest first. */
function nearest(ids: readonly string[], wanted: string): string[] {
  const asked = withoutExtension(wanted).toLowerCase();
  const name = asked.slice(asked.lastIndexOf("/") + 1);
  const [askedPieces, namePieces] = [trigrams(asked), trigrams(name)];
  const scored = ids.flatMap((id) => {
    const path = withoutExtension(id).toLowerCase();
    const own = path.slice(path.lastIndexOf("/") + 1);
    const isPart = name.length >= TELLING_PART && own.includes(name);
    const isBeginning = isPart && own.startsWith(name);
    const likeness = Math.max(
      asked === name ? 0 : alike(askedPieces, trigrams(path)),
      alike(namePieces, trigrams(own)),
      isPart ? NEAR : 0,
      // People write how a name begins: `ch04-01` for `ch04-01-what-is-ownership`, and not for `ch04-03-slices`.
      isBeginning ? 1 : 0,
      isSlip(name, own) ? NEAR : 0,
    );
    return likeness >= NEAR ? [{ id, likeness }] : [];
  });
  scored.sort((a, b) => b.likeness - a.likeness || (a.id < b.id ? -1 : 1));
  return scored.slice(0, NAMED).map(({ id }) => id);
}

/** One letter too many, too few, another or exchanged; two in a long name. Short names share few pieces then. */
function isSlip(asked: string, own: string): boolean {
  const most = asked.length < 8 ? 1 : 2;
  const isTelling = asked.length >= TELLING_PART && Math.abs(asked.length - own.length) <= most;
  return isTelling && editDistance(asked, own) <= most;
}

/** The share of three-letter pieces that two names have in common (Dice). */
function alike(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const piece of a) if (b.has(piece)) shared++;
  return (2 * shared) / (a.size + b.size);
}

/** What most names end with says nothing. */
function withoutExtension(name: string): string {
  return name.replace(/\.[a-z]{1,8}$/i, "");
}

function trigrams(text: string): Set<string> {
  const padded = ` ${text.toLowerCase()} `;
  return new Set(Array.from({ length: padded.length - 2 }, (_, at) => padded.slice(at, at + 3)));
}

/* The links of one document, both ways. */

export interface LinkedDocument {
  readonly id: string;
  readonly title: string;
  readonly type: string;
}

export interface DocumentLinks {
  readonly outgoing: readonly LinkedDocument[];
  readonly incoming: readonly LinkedDocument[];
  readonly unresolved: readonly { readonly target: string; readonly type: string; readonly line: number }[];
}

/** @param relation only links of this type, whatever its case; every type when undefined */
export function readLinks(db: Database, id: string, relation: string | undefined): DocumentLinks {
  const parameters = { id, type: relation?.toLowerCase() ?? null };
  const linked = (near: "source" | "target", far: "source" | "target"): LinkedDocument[] =>
    db
      .query<LinkedDocument, typeof parameters>(
        `SELECT n.id, n.title, e.type FROM edges e JOIN nodes n ON n.id = e.${far}
         WHERE e.${near} = $id AND ($type IS NULL OR lower(e.type) = $type) ORDER BY e.type, n.id`,
      )
      .all(parameters);
  const unresolved = db
    .query<DocumentLinks["unresolved"][number], typeof parameters>(
      `SELECT target, type, line FROM unresolved_links
       WHERE source = $id AND ($type IS NULL OR lower(type) = $type) ORDER BY line, target`,
    )
    .all(parameters);
  return { outgoing: linked("source", "target"), incoming: linked("target", "source"), unresolved };
}
