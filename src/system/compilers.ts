/**
 * The engine's last compiler takes up to a tenth of a second of processor time for a large function that runs a few
 * thousand times. Where most of what such a function does is expressions, its code is no faster than that of the
 * compiler before.
 */
import { noFTL } from "bun:jsc";

type AnyFunction = Parameters<typeof noFTL>[0];

/** Call before any of them has run. */
export function keepFromLastCompiler(...functions: readonly AnyFunction[]): void {
  for (const each of functions) noFTL(each);
}
