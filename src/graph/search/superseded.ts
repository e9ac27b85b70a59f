/**
 * Old versions of a note: in an archive, called old, or superseded by what they say themselves. They say nearly what
 * the note says that holds now, and may be nearer to a query: what holds no longer would be the answer.
 */
import type { Database } from "bun:sqlite";
import { isOfEarlierSchema } from "../schema.ts";
import { storedText } from "../state.ts";
import { inDescendingScores, OF_AN_ORIGINAL, type RankedCopy } from "./conflict-copies.ts";
import { FUNCTION_WORDS, fold } from "./language/index.ts";
import { literalOf } from "./query/index.ts";
import { soughtWords } from "./shown/index.ts";

/** Documents that are looked at for each result that is wanted. */
const FOR_EACH = 4;

/** With numbers and signs around it that order folders: `4 Archive/`, `_old/`. */
const FOLDER =
  /(?:^|\/)[^\p{L}/]*(?:archiv\p{L}*|архив|アーカイブ|归档|old|obsolete|deprecated|superseded)[^\p{L}/]*\//iu;
/** `pricing old.md`, `pricing (superseded).md`, `old-pricing.md`. */
const NAME =
  /(?:^|\/)(?:old[\s_.-][^/]*|[^/]*[\s_.([-](?:old|obsolete|deprecated|superseded|archived)\)?)\.[^./]+$/iu;
const STATUS = /^(?:superseded|archived|deprecated|obsolete|replaced)\b/i;

/** `lease (draft).md`, `draft-lease.md`: it does not hold yet, or did not come to. */
const DRAFT = /(?:^|\/)(?:draft[\s_.-][^/]*|[^/]*[\s_.([-]draft\)?)\.[^./]+$/iu;

/** Words that ask for what was before, in some languages; the names of the old notes' folders and files do so, too. */
const ASKED_FOR = new RegExp(
  String.raw`(?<!\p{L})(?:${[
    "archiv\\p{L}*|old(?:er|est)?|former(?:ly)?|previous(?:ly)?|earlier|outdated|obsolete|histor(?:y|ical)",
    "superseded|deprecated|alte[nrs]?|früher\\p{L}*|ehemalig\\p{L}*|ancien\\p{L}*|antigu\\p{L}*|anterior\\p{L}*",
    "vecchi\\p{L}*",
  ].join("|")})(?!\p{L})`,
  "iu",
);

/** The part of the shorter one's words that two versions of one name have in common. */
const SAME_NAME = 0.6;
/** The part of all words that others have in common where they say the same. */
const SAME_TEXT = 0.8;

/** What a title or the name of a file says of which version it is. */
const MARKS = "v?\\d+(?:\\.\\d+)*|final\\d*|draft|old|obsolete|deprecated|superseded|archived";
const VERSION = new RegExp(
  String.raw`[([][^()[\]]*[)\]]|(?<![\p{L}\p{N}])(?:${MARKS})(?![\p{L}\p{N}])`,
  "giu",
);

interface Asked {
  readonly query: string;
  readonly limit: number;
  /** Documents that alone have a word of the query. */
  readonly alone: ReadonlySet<string>;
}

/**
 * The same documents; an old version or a draft comes after the one that holds now, right behind it where it was
 * before it.
 */
export function currentFirst(
  db: Database,
  documents: readonly RankedCopy[],
  { query, limit, alone }: Asked,
): readonly RankedCopy[] {
  const end = FOR_EACH * limit;
  const inOrder = documents.slice(0, end);
  const ids = inOrder.map(({ node }) => node);
  const said = saidOf(db, ids);
  const isDraft = (id: string): boolean => DRAFT.test(id) || said.drafts.has(id);
  const isOld = (id: string): boolean => FOLDER.test(id) || NAME.test(id) || said.old.has(id) || isDraft(id);
  const oldOnes = ids.filter(isOld);
  if (oldOnes.length === 0) return documents;
  const versions = versionsOf(db, ids);
  const isReplaced = (id: string, by: string): boolean => {
    const [before, now] = [versions.get(id), versions.get(by)];
    if (before === undefined || now === undefined) return false;
    return !isOld(by) && areAlike(before, now);
  };
  const asked = soughtWords(query).filter((word) => FUNCTION_WORDS.en?.has(word) !== true);
  const isAskedFor = (id: string, by: string): boolean => {
    const [before, now] = [versions.get(id), versions.get(by)];
    if (ASKED_FOR.test(query)) return true;
    // Front matter names the two whatever words they have.
    if (alone.has(id) && !said.replacedBy.has(id)) return true;
    return before !== undefined && now !== undefined && asksFor(asked, before, now);
  };
  let isChanged = false;
  for (const id of oldOnes) {
    const present = said.replacedBy.get(id) ?? ids.find((other) => other !== id && isReplaced(id, other));
    if (present === undefined) continue;
    isChanged = true;
    const at = inOrder.findIndex(({ node }) => node === id);
    const by = inOrder.findIndex(({ node }) => node === present);
    const result = inOrder[at] as RankedCopy;
    // A draft may be of what comes next.
    const isSuperseded = said.replacedBy.has(id) || !isDraft(id);
    const each = isSuperseded ? { ...result, supersededBy: present } : result;
    const isBehind = by >= 0 && !isAskedFor(id, present);
    inOrder[at] = isBehind ? { ...each, worth: (each.worth ?? 1) * OF_AN_ORIGINAL } : each;
    if (isBehind && by > at) inOrder.splice(at, 0, ...inOrder.splice(by, 1));
  }
  return isChanged ? [...inDescendingScores(inOrder), ...documents.slice(end)] : documents;
}

interface Said {
  /** Documents whose front matter says that they are old. */
  readonly old: ReadonlySet<string>;
  /** Documents whose front matter says that they are drafts. */
  readonly drafts: ReadonlySet<string>;
  /** By front matter, with what replaces them. */
  readonly replacedBy: ReadonlyMap<string, string>;
}

/** Whether the document with such a key is the old one or the present one of the two. */
const KEYS = {
  superseded_by: "old",
  replaced_by: "old",
  supersedes: "present",
  replaces: "present",
} as const;
const NAMED = Object.keys(KEYS)
  .map((key) => `'${key}'`)
  .join(", ");

/** What the front matter of these documents says, and that of others that replace them. */
function saidOf(db: Database, ids: readonly string[]): Said {
  if (isOfEarlierSchema(db)) return { old: new Set(), drafts: new Set(), replacedBy: new Map() };
  const wanted = JSON.stringify(ids);
  const links = db
    .query(
      `SELECT e.source, e.target, e.type FROM json_each(?1) j CROSS JOIN edges e ON e.source = j.value
       WHERE e.type IN (${NAMED})
       UNION ALL SELECT e.source, e.target, e.type FROM json_each(?1) j CROSS JOIN edges e ON e.target = j.value
       WHERE e.type IN (${NAMED})`,
    )
    .values(wanted) as [string, string, string][];
  const fields = db
    .query(
      `SELECT f.node, k.key, v.value FROM json_each(?) j CROSS JOIN document_fields f ON f.node = j.value
       CROSS JOIN json_each(f.fields) k CROSS JOIN json_each(k.value) v
       WHERE (f.fields LIKE '%"status"%' OR f.fields LIKE '%"supersede%' OR f.fields LIKE '%"replace%')
         AND json_valid(f.fields) AND k.key IN ('status', ${NAMED})`,
    )
    .values(wanted) as [string, string, unknown][];
  const texts = fields.flatMap(([id, key, value]) =>
    typeof value === "string" ? [{ id, key, text: value.trim() }] : [],
  );
  const withStatus = (status: RegExp): string[] =>
    texts.filter(({ key, text }) => key === "status" && status.test(text)).map(({ id }) => id);
  // A name without brackets is no link: `replaces: passwords-2024`.
  const named = texts.flatMap(({ id, key, text }): [string, string, string][] =>
    ids.filter((other) => other !== id && nameOfFile(other) === text).map((other) => [id, other, key]),
  );
  const pairs = [...links, ...named].map(([source, target, key]): [string, string] =>
    KEYS[key as keyof typeof KEYS] === "old" ? [source, target] : [target, source],
  );
  return {
    old: new Set([...withStatus(STATUS), ...pairs.map(([id]) => id)]),
    drafts: new Set(withStatus(/^draft\b/i)),
    replacedBy: new Map(pairs),
  };
}

function nameOfFile(id: string): string {
  return id.replace(/^.*\//s, "").replace(/\.[^./]+$/, "");
}

interface Version {
  /** The words of path and title. */
  readonly called: ReadonlySet<string>;
  /** Title and name of the file, without what says which version it is. */
  readonly names: readonly string[];
  /** The words of its beginning. */
  readonly words: ReadonlySet<string>;
}

function versionsOf(db: Database, ids: readonly string[]): ReadonlyMap<string, Version> {
  const rows = db
    .query(
      `SELECT n.id, n.title, c.text FROM json_each(?) j CROSS JOIN nodes n ON n.id = j.value
       CROSS JOIN chunks c ON c.node = n.id AND c.ordinal < ${CHUNKS}`,
    )
    .values(JSON.stringify(ids)) as [string, string, string][];
  return new Map(
    [...Map.groupBy(rows, ([id]) => id)].map(([id, chunks]): [string, Version] => {
      const title = storedText(chunks[0]?.[1], id);
      const names = [title, nameOfFile(id)];
      return [
        id,
        {
          called: wordsIn(`${id} ${title}`),
          names: names.map((name) => literalOf(name.replace(VERSION, " "))).filter((name) => /\S/.test(name)),
          words: wordsIn(chunks.map(([, , text]) => storedText(text, id)).join(" ")),
        },
      ];
    }),
  );
}

/** Chunks that a document is compared by. */
const CHUNKS = 2;

function wordsIn(text: string): ReadonlySet<string> {
  return new Set(literalOf(text).trim().split(" "));
}

/** Whether a query has a word of what the old one is called, or a number in it, that the present one has not. */
function asksFor(asked: readonly string[], before: Version, now: Version): boolean {
  return asked.map(fold).some((word) => {
    const isCalled = before.called.has(word) && !now.called.has(word);
    return isCalled || (/^\p{N}+$/u.test(word) && before.words.has(word) && !now.words.has(word));
  });
}

function areAlike(a: Version, b: Version): boolean {
  const common = [...a.words].filter((word) => b.words.has(word)).length;
  if (2 * common >= SAME_TEXT * (a.words.size + b.words.size)) return true;
  const isSameName = a.names.some((name) => b.names.includes(name));
  return isSameName && common >= SAME_NAME * Math.min(a.words.size, b.words.size);
}
