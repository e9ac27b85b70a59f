/** Vectors that a refresh has left pending, computed by whoever has a model in memory just then. */
import { FEW_TEXTS } from "../../ingest/chunking/index.ts";
import { loadPendingVectors } from "../../ingest/index.ts";
import type { GuardOptions } from "./guard.ts";
import { readPending } from "./pending.ts";
import { takeLock } from "./refresh-lock.ts";

/**
 * Computes them where they are few, so that the answer ranks by meaning what was written a moment ago. Where an ingest
 * is at work, that does it. Whatever goes wrong, they stay pending, as the answer says.
 */
export async function computeFew({ project, use, withWarm }: GuardOptions): Promise<void> {
  const { paths } = project;
  const waiting = use(({ db, view }) => (view === "complete" ? readPending(paths, db) : undefined));
  if (waiting === undefined || waiting.chunks > FEW_TEXTS || waiting.secondsLeft !== undefined) return;
  const { computePending } = await loadPendingVectors();
  const compute = withWarm?.((embedder) =>
    computePending(paths.database, {
      embedder,
      atMost: FEW_TEXTS,
      withLock: async (write) => {
        using _ = await takeLock(project);
        await write();
      },
    }),
  );
  await compute?.catch(() => {});
}
