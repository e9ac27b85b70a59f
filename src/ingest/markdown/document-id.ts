/**
 * The id of a document is its path relative to the project root, made safe to print and to store in one line.
 *
 * Only what would break a line of output or make the code ambiguous is escaped: control characters and `%`
 * itself, as `%XX`. The mapping is injective, so two different files never share a node.
 */

const UNSAFE = /[\x00-\x1f\x7f%]/;
const EACH_UNSAFE = /[\x00-\x1f\x7f%]/g;
const ESCAPED = /%([0-9A-F]{2})/g;

/** @param relativePath path below the project root with `/` between its segments. */
export function documentId(relativePath: string): string {
  // Nearly no path has one, and a test costs less than a replacement that replaces nothing.
  if (!UNSAFE.test(relativePath)) return relativePath;
  return relativePath.replace(
    EACH_UNSAFE,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** The inverse of {@link documentId}. */
export function relativePathOf(id: string): string {
  return id.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
