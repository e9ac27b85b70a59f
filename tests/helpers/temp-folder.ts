/** A folder of its own for each test, removed afterwards. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export class TempFolder implements Disposable {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), "amalfa-test-")));

  join(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  /** Writes files by their paths relative to the folder. */
  write(files: Readonly<Record<string, string | Uint8Array>>): this {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(this.join(path)), { recursive: true });
      writeFileSync(this.join(path), content);
    }
    return this;
  }

  /** Another folder with the same content. */
  copy(): TempFolder {
    const other = new TempFolder();
    cpSync(this.path, other.path, { recursive: true });
    return other;
  }

  [Symbol.dispose](): void {
    chmodSync(this.path, 0o700);
    rmSync(this.path, { recursive: true, force: true });
  }
}
