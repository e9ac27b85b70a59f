import { closeSync, constants, fstatSync, lstatSync, openSync } from "node:fs";
import { systemErrorCode } from "../errors.ts";
import { identityOf } from "./anchored.ts";

/** A named pipe would wait for a writer. */
const ANY_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Something that was looked at, and that nothing else can pass for while this is kept: its inode is not given away. */
export class HeldEntry implements Disposable {
  readonly identity: string;
  readonly #fd: number | undefined;

  /** Follows no link. Throws what the file system throws, but for permission to read it. */
  constructor(path: string) {
    this.#fd = openUnlessForbidden(path);
    const stat =
      this.#fd === undefined ? lstatSync(path, { bigint: true }) : fstatSync(this.#fd, { bigint: true });
    this.identity = identityOf(stat);
  }

  /** Whether a path leads to it; true as well where that cannot be told. */
  isAt(path: string): boolean {
    try {
      const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
      return stat !== undefined && identityOf(stat) === this.identity;
    } catch {
      return true;
    }
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}

/** Links, sockets and what may not be read cannot be held open; they are known by device and inode all the same. */
function openUnlessForbidden(path: string): number | undefined {
  try {
    return openSync(path, ANY_FILE);
  } catch (error) {
    if (["EACCES", "EPERM", "ELOOP", "ENXIO"].includes(systemErrorCode(error) ?? "")) return undefined;
    throw error;
  }
}
