/** Copies that an editor keeps of every note, which would be found in the place of what the note says now. */
import { existsSync } from "node:fs";

const LOGSEQ = /(?:^|\/)logseq\/(?:bak|version-files)\/$/;

/** @param folder its path from the project root, ending with `/` */
export function isBackupFolder(root: string, folder: string): boolean {
  return LOGSEQ.test(folder) && existsSync(`${root}/${folder}../config.edn`);
}
