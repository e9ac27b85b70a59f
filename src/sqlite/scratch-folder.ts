/**
 * A folder for temporary files that lasts as long as its process: a killed one would leave it for good. It holds a
 * lock, and whoever makes the next one removes those whose lock nobody holds.
 */
import { lstatSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isLockFree, lockFile } from "./lock-file.ts";

const LOCK = "in-use.lock";

export class ScratchFolder implements Disposable {
  /** Absolute. */
  readonly path: string;
  readonly #lock: Disposable;

  /** @param prefix what the names of such folders, and of no others, begin with */
  constructor(prefix: string) {
    removeAbandoned(prefix);
    this.path = mkdtempSync(join(tmpdir(), prefix));
    const taken = join(this.path, `${LOCK}.new`);
    this.#lock = lockFile(taken, { waitMs: 0 });
    // It has its name only when it is held: between its making and its taking another process would find it free.
    renameSync(taken, join(this.path, LOCK));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
    this.#lock[Symbol.dispose]();
  }
}

/** A folder without a lock may be anybody's, and stays. */
function removeAbandoned(prefix: string): void {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(prefix))) {
    const folder = join(tmpdir(), name);
    try {
      const stat = lstatSync(folder);
      if (stat.uid !== process.getuid?.() || !stat.isDirectory()) continue;
      if (isLockFree(join(folder, LOCK))) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Somebody else removes it, or it is not this user's to remove.
    }
  }
}
