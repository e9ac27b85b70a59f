/**
 * Documents that a folder counts up, as adr-tools and lists of RFCs do: `ADR 7` is `adr/0007-no-orm.md`, whose title is
 * "7. No ORM". An index of the folder has `ADR-0007` to the letter, and the document itself has not.
 */
import { fold } from "../language/index.ts";

export interface Numbered {
  /** What is counted. */
  readonly kind: string;
  /** Without noughts before it. */
  readonly number: string;
}

const ASKED = /^(\p{L}{2,})[\s_#-]*0*(\d{1,5})[\s?!.:]*$/u;
/** A further number behind it makes a date of it, or a part: `2026-11-16`, `7.2`. */
const FILE = /^(?:(\p{L}{2,})[\s_-]?)?0*(\d{1,5})(?:$|[\s_.-]+(?!\d))/u;
const MOST_DIGITS = 5;

/** What a query asks for, if it is a kind and a number and nothing else. */
export function numberedAsked(query: string): Numbered | undefined {
  const [, kind, number] = ASKED.exec(fold(query.trim())) ?? [];
  return kind === undefined || number === undefined ? undefined : { kind, number };
}

/** The ways in which file names write a number. */
export function paddedNumbers(number: string): string[] {
  const padded = Array.from({ length: MOST_DIGITS }, (_, at) => number.padStart(at + 1, "0"));
  return [...new Set(padded)];
}

/** Whether a document is that one of those that its folder counts up. */
export function isNumbered(id: string, { kind, number }: Numbered): boolean {
  const folders = fold(id).split("/");
  const file = folders.pop() ?? "";
  const [, word, counted] = FILE.exec(file.replace(/\.[^.]+$/, "")) ?? [];
  if (counted !== number || (word !== undefined && !isOfKind(word, kind))) return false;
  return folders.some((folder) => isOfKind(folder, kind));
}

/** Folders of decisions are called so as well, as by the templates of MADR: `docs/decisions/0007-no-orm.md`. */
const ALSO_CALLED: Readonly<Record<string, string>> = { adr: "decision", decision: "adr" };

/** `adr`, `adrs`, `architecture-decision-records` and `decisions` for `adr`. */
function isOfKind(name: string, kind: string): boolean {
  const words = name.match(/\p{L}+/gu) ?? [];
  const initials = words.map((word) => word[0]).join("");
  return [kind, ALSO_CALLED[kind]].some(
    (each) =>
      each !== undefined &&
      ([each, `${each}s`, `${each}es`].includes(words.join("-")) || (words.length > 1 && initials === each)),
  );
}
