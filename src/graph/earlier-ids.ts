/**
 * What amalfa 1.4 and 1.5 called a document: agents' memories, scripts and notes still have those names.
 *
 * 1.4 took a file's name for its id (`readme`), 1.5 its path below the root as words (`docs-a-readme`). Neither tells
 * all files apart, so that a name may be that of several documents.
 */

/** What else than a hyphen a word may have been kept apart by is not known of every release: all ways are tried. */
const BETWEEN_WORDS = [/[^\p{L}\p{N}]+/gu, /[^\p{L}\p{N}_]+/gu, /[^a-z0-9]+/g, /[^a-z0-9_]+/g];
const EXTENSION = /\.[a-z]{1,8}$/i;

export interface EarlierIds {
  /** Of 1.4. */
  readonly byName: ReadonlySet<string>;
  /** Of 1.5. */
  readonly byPath: ReadonlySet<string>;
}

/** @param id of a document of today */
export function earlierIds(id: string): EarlierIds {
  const path = id.normalize("NFC").toLowerCase().replace(EXTENSION, "");
  return { byName: inWords(path.slice(path.lastIndexOf("/") + 1)), byPath: inWords(path) };
}

/** Whether a name may be an id of an earlier version at all: it has no folders and no blanks. */
function mayBeEarlierId(name: string): boolean {
  return /^[^\s/\\]+$/.test(name);
}

/** The documents that a name may have been the id of. */
export function documentsOfEarlierId(ids: readonly string[], name: string): readonly string[] {
  if (!mayBeEarlierId(name)) return [];
  const wanted = name.normalize("NFC").toLowerCase();
  return ids.filter((id) => {
    const { byName, byPath } = earlierIds(id);
    return byPath.has(wanted) || byName.has(wanted);
  });
}

function inWords(text: string): ReadonlySet<string> {
  return new Set(BETWEEN_WORDS.map((between) => text.replace(between, "-").replace(/^-+|-+$/g, "")));
}
