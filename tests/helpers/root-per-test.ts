/** A root of its own for each test of a file, in one folder that is removed after the last of them. */
import { afterAll, beforeEach } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export class RootPerTest {
  /** Holds all roots. Anybody may look into it, for tests that are somebody else for a moment. */
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), "amalfa-roots-")));
  root = "";
  #count = 0;

  constructor() {
    chmodSync(this.base, 0o755);
  }

  next(name: (count: number) => string): void {
    this.root = join(this.base, name(++this.#count));
    mkdirSync(this.root);
  }

  /** @returns the file's whole path */
  write(path: string, contents = `# ${path}\n`): string {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
    return file;
  }
}

/** Call at the top of a test file. */
export function useRootPerTest(name: (count: number) => string = (count) => `project-${count}`): RootPerTest {
  const place = new RootPerTest();
  beforeEach(() => place.next(name));
  afterAll(() => rmSync(place.base, { recursive: true, force: true }));
  return place;
}
