import { afterEach, beforeEach } from "bun:test";

/**
 * What is made anew before each test of a file, and ended after it. Call at the top of the file.
 *
 * @returns what gives it, while a test runs
 */
export function perTest<T extends Disposable | AsyncDisposable>(make: () => T | Promise<T>): () => T {
  let made: T | undefined;
  beforeEach(async () => {
    made = await make();
  });
  afterEach(async () => {
    if (made === undefined) return;
    if (Symbol.asyncDispose in made) await made[Symbol.asyncDispose]();
    else made[Symbol.dispose]();
    made = undefined;
  });
  return () => {
    if (made === undefined) throw new Error("it is there while a test runs, and not before that");
    return made;
  };
}
