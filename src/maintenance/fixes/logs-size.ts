/** Fix of `logs.size`: rotates a log as the services do, which open it anew for each line. */
import { rotateLog } from "../../services/service-log.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { type Fix, textOf } from "./fix.ts";

export const rotate: Fix = async (target) => {
  const path = textOf(target, "path");
  return rotateLog(path, THRESHOLDS.logSize) ? `rotated to ${path}.1` : "within its limit already";
};
