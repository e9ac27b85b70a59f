/**
 * Vectors that an answer's refresh has left pending, computed while nobody waits.
 *
 * Only a few at a time, and without a lock until they are only to be written: a graph that waits for thousands is for
 * `amalfa init`. Whatever goes wrong, they stay pending, are counted, and the next ingest computes them.
 */

import type { WarmEmbedder } from "../embedding/index.ts";
import { loadPendingVectors } from "../ingest/index.ts";
import type { Project } from "../project/index.ts";
import { takeMaintenanceLock } from "../project/lock/index.ts";

/** Changes come in bursts. */
const QUIET_MS = 1_000;
/** Chunks at most. */
const MOST = 512;

export class BackgroundVectors implements Disposable {
  readonly #project: Project;
  readonly #embedder: WarmEmbedder;
  #timer: Timer | undefined;
  #isAtWork = false;
  #isOver = false;

  constructor(project: Project, embedder: WarmEmbedder) {
    this.#project = project;
    this.#embedder = embedder;
  }

  soon(): void {
    if (this.#isOver || this.#isAtWork) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#compute(), QUIET_MS);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  async #compute(): Promise<void> {
    if (this.#isOver) return;
    this.#isAtWork = true;
    try {
      const { paths } = this.#project;
      const { prepareVectors, writePreparedVectors } = await loadPendingVectors();
      await this.#embedder.useStayingOpen(async (embedder) => {
        if (!(await prepareVectors(paths.database, { embedder, atMost: MOST }))) return;
        using _ = await takeMaintenanceLock(paths, { command: "serve", waitSeconds: 1 });
        await writePreparedVectors(paths.database, embedder);
      });
    } catch {
      // They stay pending, as every answer says.
    } finally {
      this.#isAtWork = false;
    }
  }
}
