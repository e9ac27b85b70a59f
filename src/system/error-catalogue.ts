/**
 * Every error that is raised on purpose: its code, what it means, the exit status, and what to do where the place
 * that raises it knows nothing better. Codes are dotted and stable, since scripts rely on them; each stands in the
 * part of what it is about. `docs/errors.md` is made from this.
 */
import { DATA } from "./errors-of-data.ts";
import { DOCUMENTS } from "./errors-of-documents.ts";
import { RUNNING } from "./errors-of-running.ts";

export const ERRORS = { ...DATA, ...DOCUMENTS, ...RUNNING } as const;

export type ErrorCode = keyof typeof ERRORS;

/** Whether a text that comes from elsewhere, such as another thread, is the code of an error. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}
