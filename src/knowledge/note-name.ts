/**
 * Names that a note must not have: those that people cannot read as they are, those that the system does not take, and
 * those of files that tell agents how to work. Whoever may write the latter decides what every later agent does, which
 * is more than writing a note.
 */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { AmalfaError, systemErrorCode } from "../system/index.ts";

/** Controls, marks that turn the direction of what follows, and what ends a line. */
const UNREADABLE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** Bytes of a name at most, on every usual file system. */
const MOST_NAME_BYTES = 255;

/** Devices of Windows, whatever stands behind a dot: whoever shares the notes cannot open such a file. */
const DEVICE = /^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|$)/i;

/**
 * What clients read before they work, in any folder, in small letters: the names that their documentation has, and who
 * reads each. Amp looks for `agent.md` in small letters too, so that this is no ordinary note.
 */
const READ_BY: Readonly<Record<string, string>> = {
  "agents.md": "most clients",
  "agents.override.md": "Codex",
  "codex.md": "Codex",
  "agent.md": "Amp",
  "claude.md": "Claude Code",
  "claude.local.md": "Claude Code",
  "gemini.md": "Gemini CLI",
  "qwen.md": "Qwen Code",
  "crush.md": "Crush",
  "crush.local.md": "Crush",
  "warp.md": "Warp",
  "skill.md": "clients that have skills",
  "copilot-instructions.md": "GitHub Copilot",
  ".cursorrules": "Cursor",
  ".windsurfrules": "Windsurf",
  ".clinerules": "Cline",
  ".roorules": "Roo Code",
  ".goosehints": "Goose",
};

/** Endings that say the same, whatever stands before them. */
const READ_BY_COPILOT = /.\.(?:agent|chatmode|instructions|prompt)\.md$/;

/**
 * Throws `note.name` and `note.instructions`.
 * @param root absolute
 * @param relative from the root, with `/` between its segments
 */
export function refuseNoteName(root: string, relative: string): void {
  // On the way here a half is often made U+FFFD, which stands for what was no character, and nobody means it.
  if (!relative.isWellFormed() || relative.includes("\ufffd")) throw unfit("contains half of a character");
  const [character] = UNREADABLE.exec(relative) ?? [];
  if (character !== undefined) {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    throw unfit(`contains the character U+${code}, which is invisible or makes the name look like another`);
  }
  if (isTooLong(root, relative)) {
    throw unfit(`is too long: the system allows ${MOST_NAME_BYTES} bytes for each name`);
  }
  const device = relative.split("/").find((name) => DEVICE.test(name));
  if (device !== undefined) throw unfit(`has ${device} in it, which is a device on Windows and no file`);
  for (const name of relative.split("/")) {
    const reader = readerOf(name);
    if (reader === undefined) continue;
    throw new AmalfaError(
      "note.instructions",
      `${name} would instruct agents, and is not written as a note: that name is read by ${reader}.`,
    );
  }
}

/** Some file systems tell neither cases nor compatible characters apart, and leave out those that are not seen. */
function readerOf(name: string): string | undefined {
  const plain = name
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .toLowerCase();
  if (Object.hasOwn(READ_BY, plain)) return READ_BY[plain];
  return READ_BY_COPILOT.test(plain) ? "GitHub Copilot" : undefined;
}

function isTooLong(root: string, relative: string): boolean {
  if (relative.split("/").some((name) => Buffer.byteLength(name) > MOST_NAME_BYTES)) return true;
  try {
    lstatSync(join(root, relative), { throwIfNoEntry: false });
    return false;
  } catch (error) {
    return systemErrorCode(error) === "ENAMETOOLONG";
  }
}

function unfit(what: string): AmalfaError {
  return new AmalfaError("note.name", `The path of the note ${what}. Nothing was written.`);
}
