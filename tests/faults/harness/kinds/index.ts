/** Every kind of fault. */
import { BYTES } from "./bytes.ts";
import { CRASHES } from "./crash.ts";
import type { Kind } from "./kind.ts";
import { ROWS } from "./rows.ts";

export type { Kind } from "./kind.ts";

export const KINDS: readonly Kind[] = [...CRASHES, ...BYTES, ...ROWS];
