import { interrupted } from "../../system/index.ts";
import { RemoteFault } from "./remote-cache.ts";

/**
 * The outcome of `work`, or a fault once the time is up: a server that is silent keeps its promises open for ever.
 * Throws `interrupted` as soon as the signal is aborted.
 *
 * @param late a clause
 */
export async function within<T>(
  ms: number,
  late: string,
  work: Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop = (): void => {};
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RemoteFault(late)), ms);
    stop = () => reject(interrupted("What was asked of the remote vector cache"));
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    // Whatever still comes of it is nobody's concern.
    work.catch(() => {});
  }
}
