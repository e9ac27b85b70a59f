/** Waiting for what may never come. */

/** Resolves when `ended` is settled, or after that time; no timer of it keeps the process from ending. */
export async function settledWithin(ended: Promise<unknown>, milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  try {
    await Promise.race([
      ended.then(
        () => {},
        () => {},
      ),
      promise,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
