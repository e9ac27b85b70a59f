import { RemoteFault } from "./remote-cache.ts";

/**
 * The outcome of `work`, or a fault once the time is up: a server that is silent keeps its promises open for ever.
 *
 * @param late a clause
 */
export async function within<T>(ms: number, late: string, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RemoteFault(late)), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
    // Whatever still comes of it is nobody's concern.
    work.catch(() => {});
  }
}
