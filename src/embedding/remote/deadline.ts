import { interrupted } from "../../system/index.ts";
import { RemoteFault } from "./remote-cache.ts";

/** How often the time is looked at, in milliseconds. */
const TICK_MS = 50;

/**
 * The outcome of `work`, or a fault once the time is up: a server that is silent keeps its promises open for ever.
 * Throws `interrupted` as soon as the signal is aborted.
 *
 * Time in which this thread was busy with something else does not count: what a healthy server said meanwhile lies
 * there unread, and a timer that is due comes before it. On a loaded machine that made every remote look dead.
 *
 * @param late a clause
 */
export async function within<T>(
  ms: number,
  late: string,
  work: Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  let timer: ReturnType<typeof setInterval> | undefined;
  let stop = (): void => {};
  const deadline = new Promise<never>((_, reject) => {
    let left = ms;
    let before = performance.now();
    const tick = Math.max(1, Math.min(TICK_MS, ms));
    timer = setInterval(() => {
      const now = performance.now();
      left -= Math.min(now - before, 2 * tick);
      before = now;
      if (left <= 0) reject(new RemoteFault(late));
    }, tick);
    stop = () => reject(interrupted("What was asked of the remote vector cache"));
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", stop);
    // Whatever still comes of it is nobody's concern.
    work.catch(() => {});
  }
}
