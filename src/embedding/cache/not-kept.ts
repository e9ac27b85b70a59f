/**
 * Why a vector cache takes nothing in although nothing is wrong with it: it lies in a project that is read-only, or on
 * a disk that is full. Neither is a fault that anybody has to mend.
 */
import { refusalBehind, shortageBehind } from "../../sqlite/index.ts";

export interface NotKept {
  readonly kind: "no room" | "refused";
  /** A clause. */
  readonly reason: string;
}

/** Undefined where the error of opening the file or writing to it says something else. */
export function whyNotKept(path: string, error: unknown): NotKept | undefined {
  const shortage = shortageBehind(path, error);
  // The graph has a limit of its own, as every file.
  if (shortage === "limit")
    return { kind: "refused", reason: "a limit of this process keeps files from growing" };
  if (shortage !== undefined) return { kind: "no room", reason: "there is no space left" };
  const refusal = refusalBehind(path, error);
  return refusal === undefined ? undefined : { kind: "refused", reason: refusal };
}
