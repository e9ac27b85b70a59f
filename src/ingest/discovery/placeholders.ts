/**
 * Files that a cloud keeps and this disk does not: what lies in their place is named after them. Their absence is no
 * deletion.
 *
 * iCloud Drive leaves `.name.md.icloud` of a file that it has taken off the disk, Nextcloud and ownCloud leave
 * `name.md.nextcloud`.
 */
import { isMarkdown } from "../../system/files/index.ts";

export const IN_THE_CLOUD = "is in the cloud and not on this disk";

/** The name of the markdown file that a placeholder stands for; undefined for any other name. */
export function placeholderFor(name: string): string | undefined {
  if (!name.endsWith("cloud")) return undefined;
  const original = name.endsWith(".icloud")
    ? /^\.(.+)\.icloud$/.exec(name)?.[1]
    : /^(.+)\.(?:nextcloud|owncloud)$/.exec(name)?.[1];
  return original !== undefined && isMarkdown(original) ? original : undefined;
}

/** What lies in the place of a file that is in the cloud. */
export function placeholdersOf(name: string): string[] {
  return [`.${name}.icloud`, `${name}.nextcloud`, `${name}.owncloud`];
}
