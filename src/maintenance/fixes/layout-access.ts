/** Fix of `layout.access`: creates a missing folder. */
import { mkdirSync } from "node:fs";
import { type Fix, textOf } from "./fix.ts";

export const createFolder: Fix = async (target) => {
  mkdirSync(textOf(target, "path"), { recursive: true });
  return "created";
};
