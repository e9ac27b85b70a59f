/** Every kind of fault. */
import { BYTES } from "./bytes.ts";
import { COMPANY } from "./company.ts";
import { CRASHES } from "./crash.ts";
import type { Kind } from "./kind.ts";
import { LARGE } from "./large.ts";
import { LIMITS } from "./limits.ts";
import { LOGS } from "./log.ts";
import { ROWS } from "./rows.ts";
import { WRITES } from "./writes.ts";

export type { Kind } from "./kind.ts";

export const KINDS: readonly Kind[] = [
  ...CRASHES,
  ...LOGS,
  ...BYTES,
  ...ROWS,
  ...LIMITS,
  ...WRITES,
  ...COMPANY,
  ...LARGE,
];
