/** Fix of `cache.rows`: deletes the rows that are malformed still. */
import { deleteMalformedRows } from "../../embedding/malformed-rows.ts";
import { type Fix, textOf } from "./fix.ts";

export const deleteMalformed: Fix = async (target) => {
  const { keys } = target;
  if (keys === undefined || typeof keys === "string" || typeof keys === "number")
    throw new Error("The fix was given no keys.");
  return `${deleteMalformedRows(textOf(target, "path"), keys)} rows deleted`;
};
