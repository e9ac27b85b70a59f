/** Waiting for what a test looks at, and failing with a name when it never comes. */

/** Generous: it only ends tests that would fail. */
const GIVE_UP_MS = 240_000;

/** Resolves once the condition holds; a condition that throws does not hold yet. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  options: { readonly what?: string; readonly withinMs?: number } = {},
): Promise<void> {
  const withinMs = options.withinMs ?? GIVE_UP_MS;
  const deadline = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      if (await condition()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await Bun.sleep(15);
  }
  throw new Error(`${options.what ?? "the condition"} did not hold within ${withinMs} ms`, { cause: last });
}
