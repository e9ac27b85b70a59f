/**
 * Which documents a search is about: by path, tag, type, date, language and fields of the front matter.
 *
 * What documents say of themselves is read once and kept while the graph stays the same.
 */
import type { Database } from "bun:sqlite";
import { AmalfaError, isoTime, statedDate } from "../../system/index.ts";
import { DamagedRows } from "../damage.ts";
import { fieldsColumn, hasFieldsAndTerms } from "../schema.ts";
import { FILE_CHANGED_MS, readGeneration, storedText, storedTexts } from "../state.ts";
import { dateInName } from "./dated-names.ts";
import { baseLanguage, decidedLanguage, languagesByPlace, mayBeIn } from "./language/index.ts";
import { type Scope, scopeTest } from "./scope.ts";

/** All that are given have to hold; of several paths one. */
export interface Filters {
  /** Folders, files or patterns such as `docs/**`, relative to the root. */
  readonly paths?: readonly string[] | undefined;
  /** Tags; `project` is also `project/house`. */
  readonly tags?: readonly string[] | undefined;
  /** The field `type` of the front matter. */
  readonly type?: string | undefined;
  /** ISO 8601 dates, such as `2024-03-05` or `2024-03`; both days included. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** ISO 639-1 code. Leaves out what is known to be in another language. */
  readonly language?: string | undefined;
  /** Fields of the front matter and the value that each has, or has among others. */
  readonly where?: Readonly<Record<string, string>> | undefined;
}

/** When a document that does not say it was changed last, where that is known better than the graph has noted it. */
export type ChangedOn = (id: string) => string | undefined;

/** What a document says of itself. */
interface DocumentFacts {
  readonly id: string;
  /** The id in composed form: some systems write an accented letter as two characters, and people as one. */
  readonly path: string;
  /** As `folded` has them. */
  readonly tags: readonly string[];
  /** Keys in lower case. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** ISO 8601; from the front matter, else from the file's name. */
  readonly stated: string | undefined;
  /** ISO 8601; when its file was changed. */
  readonly changed: string;
  /** ISO 639-1 code of the language that its place is kept for. */
  readonly placedIn: () => string | undefined;
}

interface AllFacts {
  readonly generation: number;
  readonly documents: readonly DocumentFacts[];
  /** Ids of all chunks, ascending, and the place of each one's document. */
  readonly chunks: Float64Array;
  readonly owners: Int32Array;
}

const lastFacts = new WeakMap<Database, AllFacts>();

export function hasFilters(filters: Filters | undefined): filters is Filters {
  return (
    filters !== undefined && Object.values(filters).some((each) => each !== undefined && sizeOf(each) > 0)
  );
}

function sizeOf(value: string | readonly string[] | Readonly<Record<string, string>>): number {
  return typeof value === "string" || Array.isArray(value) ? value.length : Object.keys(value).length;
}

/** The scope of the documents that the filters let through, without those that are excluded. */
export function scopeOf(
  db: Database,
  filters: Filters,
  without: Scope | undefined,
  changedOn?: ChangedOn,
): Scope | undefined {
  refuseUnanswerable(db, filters);
  const facts = factsOf(db);
  const isLet = filterOf(filters, changedOn);
  const { documents, chunks, owners } = facts;
  // Plain loops: `Uint8Array.from` and callbacks for each of a hundred thousand chunks took as long as a search.
  const taking = new Uint8Array(documents.length);
  for (let at = 0; at < taking.length; at++) taking[at] = isLet(documents[at] as DocumentFacts) ? 1 : 0;
  if (!taking.includes(0)) return without;
  const isExcluded = scopeTest(without && { ...without, named: "only" });
  const places = new Uint32Array(chunks.length);
  let filled = 0;
  for (let place = 0; place < chunks.length; place++) {
    const isLeftOut = without !== undefined && isExcluded(chunks[place] as number);
    // Each place is written, and the next one over it where it does not take part: which do is as good as random, and
    // a processor that guesses wrong at every second one takes longer than for all else.
    places[filled] = place;
    filled += isLeftOut ? 0 : (taking[owners[place] as number] ?? 0);
  }
  return { named: "only", chunks, places: places.subarray(0, filled) };
}

/** How many documents the filters let through. Throws what a search with them throws. */
export function countLetThrough(db: Database, filters: Filters, changedOn?: ChangedOn): number {
  refuseUnanswerable(db, filters);
  return letThrough(db, filters, changedOn).length;
}

export function letThrough(db: Database, filters: Filters, changedOn?: ChangedOn): readonly { id: string }[] {
  return factsOf(db).documents.filter(filterOf(filters, changedOn));
}

/** The filters that let no document through even alone; of filters that only together let none through, none. */
export function filtersLeavingNothing(
  db: Database,
  filters: Filters,
  changedOn?: ChangedOn,
): readonly { readonly name: string; readonly value: string }[] {
  const { paths = [], tags = [], type, since, until, language, where = {} } = filters;
  const single = (name: string, value: string | undefined, alone: Filters) =>
    value === undefined ? [] : [{ name, value, alone }];
  const each = [
    ...(paths.length === 0 ? [] : single("path", paths.join(", "), { paths })),
    ...tags.flatMap((tag) => single("tag", tag, { tags: [tag] })),
    ...single("type", type, { type }),
    ...single("since", since, { since }),
    ...single("until", until, { until }),
    ...single("lang", language, { language }),
    ...Object.entries(where).flatMap(([key, value]) =>
      single("where", `${key}=${value}`, { where: { [key]: value } }),
    ),
  ];
  return each.filter(({ alone }) => countLetThrough(db, alone, changedOn) === 0);
}

/** What the documents have that a filter may ask for, as far as it was read: tags, or fields with their values. */
export function filterable(db: Database): {
  readonly tags: readonly string[];
  /** By keys in lower case. */
  readonly fields: ReadonlyMap<string, ReadonlySet<string>>;
} {
  const tags = new Set<string>();
  const fields = new Map<string, Set<string>>();
  for (const document of factsOf(db).documents) {
    for (const tag of document.tags) tags.add(tag);
    for (const [key, values] of Object.entries(document.fields)) {
      const known = fields.get(key) ?? new Set();
      for (const value of values) known.add(value);
      fields.set(key, known);
    }
  }
  return { tags: [...tags], fields };
}

/** "None" would be no answer to a question about what the graph does not hold. Throws `graph.earlier`. */
function refuseUnanswerable(db: Database, { type, since, until, language, where }: Filters): void {
  const asksFields = [type, since, until, language].some((each) => each !== undefined);
  if (hasFieldsAndTerms(db) || !(asksFields || Object.keys(where ?? {}).length > 0)) return;
  throw new AmalfaError(
    "graph.earlier",
    "The graph is of an earlier schema, which has paths and " +
      "tags, but no other fields of the front matter to filter by.",
  );
}

/** Whether a document is let through. */
function filterOf(filters: Filters, changedOn?: ChangedOn): DocumentTest {
  const { paths = [], tags = [], type, since, until, language, where = {} } = filters;
  const fields = Object.entries({ ...where, ...(type === undefined ? {} : { type }) });
  const code = language === undefined ? undefined : baseLanguage(language);
  // Only those that are asked for: a test takes longer to call than to make, for each of ten thousand documents.
  const tests: DocumentTest[] = [
    ...(paths.length === 0 ? [] : [matchesPath(paths)]),
    ...tags.map(hasTag),
    ...fields.map(([key, value]) => hasField(key.toLowerCase(), value)),
    ...(code === undefined ? [] : [(document: DocumentFacts) => mayBeWritten(document, code)]),
    ...(since === undefined && until === undefined ? [] : [isInTime(since, until, changedOn)]),
  ];
  const [first, ...others] = tests;
  if (first === undefined) return () => true;
  return others.length === 0
    ? first
    : (document) => first(document) && others.every((isLet) => isLet(document));
}

type DocumentTest = (document: DocumentFacts) => boolean;

function matchesPath(paths: readonly string[]): DocumentTest {
  const patterns = paths.map((path) => path.normalize("NFC").replace(/^\.\//, "").replace(/\/+$/, ""));
  const each = patterns.map((path) => ({ path, below: `${path}/`, glob: new Bun.Glob(path) }));
  return ({ path: own }) =>
    each.some(({ path, below, glob }) => own.startsWith(below) || own === path || glob.match(own));
}

/** `project` is also `project/house`. */
function hasTag(tag: string): DocumentTest {
  const wanted = folded(tag).replace(/^#/, "");
  const below = `${wanted}/`;
  return ({ tags }) => tags.some((own) => own === wanted || own.startsWith(below));
}

/** Documents have few different values, so each is compared once. */
function hasField(key: string, wanted: string): DocumentTest {
  const known = new Map<string, boolean>();
  const isWanted = (own: string): boolean => {
    const same = known.get(own) ?? isSameValue(own, wanted);
    known.set(own, same);
    return same;
  };
  return ({ fields }) => Object.hasOwn(fields, key) && fields[key]?.some(isWanted) === true;
}

function isInTime(
  since: string | undefined,
  until: string | undefined,
  changedOn: ChangedOn | undefined,
): DocumentTest {
  return ({ id, stated, changed }) => {
    const date = stated ?? changedOn?.(id) ?? changed;
    // Of a day, a month or a year all that begins with it is still in it.
    return (
      (since === undefined || date >= since) && (until === undefined || date.slice(0, until.length) <= until)
    );
  };
}

/**
 * Whether a document may be in a language. What it says or its text tells goes first, then its place, so far as its
 * letters allow that; short notes tell nothing, and whoever asks for a language would miss them.
 */
function mayBeWritten({ fields, placedIn }: DocumentFacts, language: string): boolean {
  const tags = fields.lang ?? [];
  if (tags.some((tag) => decidedLanguage(tag) !== undefined))
    return tags.some((tag) => decidedLanguage(tag) === language);
  if (!tags.every((tag) => mayBeIn(tag, language))) return false;
  const placed = placedIn();
  return placed === undefined || placed === language || !tags.every((tag) => mayBeIn(tag, placed));
}

function isSameValue(own: string, wanted: string): boolean {
  if (folded(own) === folded(wanted)) return true;
  const [ownLink, wantedLink] = [linkIn(own), linkIn(wanted)];
  if (ownLink === undefined && wantedLink === undefined) return false;
  const sought = pageOf(wantedLink?.target ?? wanted);
  const page = pageOf(ownLink?.target ?? own);
  return page === sought || page.endsWith(`/${sought}`) || folded(ownLink?.label ?? "") === sought;
}

const WIKILINK = /^!?\[\[([^[\]|#]+)(?:#[^[\]|]*)?(?:\|([^[\]]*))?\]\]$/;
const MARKDOWN_LINK = /^!?\[([^[\]]*)\]\(<?([^()<>#]+)(?:#[^()<>]*)?>?\)$/;

/** What a value leads to that is one link and nothing else, and what it says. */
function linkIn(value: string): { readonly target: string; readonly label: string | undefined } | undefined {
  const [, target, label] = WIKILINK.exec(value.trim()) ?? [];
  if (target !== undefined) return { target, label };
  const [, text, place] = MARKDOWN_LINK.exec(value.trim()) ?? [];
  return place === undefined ? undefined : { target: place, label: text };
}

function pageOf(target: string): string {
  return folded(target.trim())
    .replace(/^(?:\.{0,2}\/)+/, "")
    .replace(/\.md$/, "");
}

/** How texts are compared: whatever their case, and whether accented letters are one character or two. */
function folded(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

function factsOf(db: Database): AllFacts {
  const generation = readGeneration(db);
  const known = lastFacts.get(db);
  if (known?.generation === generation) return known;
  const rows = db
    .query(
      `SELECT n.id, n.tags, ${fieldsColumn(db)}, ${FILE_CHANGED_MS}
       FROM nodes n LEFT JOIN file_stats s ON s.node = n.id`,
    )
    .values() as [string, string, string, number][];
  let placed: ((id: string) => string | undefined) | undefined;
  const placedIn = (id: string): string | undefined => {
    placed ??= languagesByPlace(rows.map(([each]) => storedText(each, "a document")));
    return placed(id);
  };
  const documents = rows.map(([id, tags, own, time]) => ({
    ...documentFacts(id, tags, own, time),
    placedIn: () => placedIn(id),
  }));
  const places = new Map(documents.map(({ id }, place) => [id, place]));
  const chunks = db.query("SELECT id, node FROM chunks ORDER BY id").values() as [number, string][];
  const facts = {
    generation,
    documents,
    chunks: Float64Array.from(chunks, ([id]) => id),
    owners: Int32Array.from(chunks, ([, node]) => places.get(node) ?? -1),
  };
  lastFacts.set(db, facts);
  return facts;
}

/** Fields that say of when a document is, the best first. */
const DATES = ["date", "created", "published", "updated", "modified"];

function documentFacts(id: string, tags: string, own: string, time: number): Omit<DocumentFacts, "placedIn"> {
  const fields = storedFields(own, id);
  const [stated] = DATES.flatMap((key) => fields[key] ?? []).flatMap((value) => statedDate(value) ?? []);
  const changed = time > 0 ? (isoTime(time) ?? "") : "";
  const lowered = storedTexts(tags, id).map(folded);
  return { id, path: id.normalize("NFC"), tags: lowered, fields, stated: stated ?? dateInName(id), changed };
}

/** Lists of texts by their names. Throws `DamagedRows`, so that whoever asked is told which command to run. */
function storedFields(json: string, id: string): DocumentFacts["fields"] {
  let fields: unknown;
  try {
    fields = JSON.parse(json);
  } catch {
    // Said below.
  }
  const isWhole =
    typeof fields === "object" &&
    fields !== null &&
    Object.values(fields).every(
      (list) => Array.isArray(list) && list.every((item) => typeof item === "string"),
    );
  if (isWhole) return fields as DocumentFacts["fields"];
  throw new DamagedRows(`the fields in the rows of ${storedText(id, "a document")} are not what was written`);
}
