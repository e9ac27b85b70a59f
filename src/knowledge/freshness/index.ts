/** Whether what is answered is what the files say. */

export type { Pending, Told } from "../told.ts";
export { type Answered, answerFresh, cameAt, type FreshGraph } from "./answer.ts";
export type { GuardOptions } from "./bring-in.ts";
export { compareWithFiles, type FileState, placeOf, textNow } from "./hits.ts";
export { readPending } from "./pending.ts";
export type { Checked } from "./stale.ts";
export type { Found, Turn, Walks } from "./walks.ts";

export const loadGuard = () => import("./guard.ts");
