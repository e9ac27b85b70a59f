/**
 * A folder that was looked at, held open, so that what is done in it happens there whatever its name leads to by then.
 *
 * - While it is open the system gives its inode to nothing else, so that device and inode prove that a name still
 *   leads to it.
 * - Entries are reached through the open folder (`/proc/self/fd`), never through its path: a link or another folder
 *   that was put in the place of it, or of a folder above, leads nowhere. Where there is no such way the path is
 *   used, right after a look that it still is the folder.
 * - Nothing is removed beyond a mount, a bind mount included, which no device number gives away.
 * - Right before each removal every folder on the way down is looked at again: what was moved away is not emptied
 *   where it has gone.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../errors.ts";
import { below, type ExactPath, exactNames, requireCertain } from "./decoded.ts";

/**
 * Why a removal stopped: what lies there is not what was looked at, or something is mounted there. A clause about
 * `path`.
 */
export class Displaced extends Error {}

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** A named pipe would wait for somebody at its other end. */
const TO_APPEND =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const HAS_DESCRIPTOR_PATHS = process.platform === "linux" && existsSync("/proc/self/fd");

/** Whose a file is and who may do what with it. */
interface Owned {
  readonly mode: number;
  /** As the process makes it where it is undefined. */
  readonly uid?: number;
  readonly gid?: number;
}

export class AnchoredFolder implements Disposable {
  /** Where it was when it was opened, for messages. */
  readonly path: string;
  /** Device and inode. */
  readonly identity: string;
  readonly #fd: number;
  readonly #mount: string;
  /** The folder it was opened from, and its name there; undefined for one that was opened by its path. */
  readonly #from: { readonly parent: AnchoredFolder; readonly name: ExactPath } | undefined;

  private constructor(fd: number, path: string, from?: { parent: AnchoredFolder; name: ExactPath }) {
    this.#fd = fd;
    this.path = path;
    this.identity = identityOf(fstatSync(fd, { bigint: true }));
    this.#mount = mountOf(fd);
    this.#from = from;
  }

  /** Opens a folder by its path. Throws what the file system throws, for a link as well, and `path.encoding`. */
  static open(path: string): AnchoredFolder {
    return new AnchoredFolder(openSync(requireCertain(path), DIRECTORY), path);
  }

  /** Opens a folder in it, whatever it is by now. Throws what the file system throws, and `Displaced` for a mount. */
  folder(name: ExactPath): AnchoredFolder {
    const fd = this.#openFolder(name);
    try {
      const child = new AnchoredFolder(fd, this.#shown(name), { parent: this, name });
      if (child.#mount !== this.#mount) throw new Displaced(`${child.path} is a mount point`);
      return child;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  #openFolder(name: ExactPath): number {
    try {
      return this.#inWords(() => openSync(this.#at(name), DIRECTORY));
    } catch (error) {
      // Gone, a file, or a link.
      if (!["ENOENT", "ENOTDIR", "ELOOP"].includes(systemErrorCode(error) ?? "")) throw error;
      throw new Displaced(`${this.#shown(name)} is no folder any more`);
    }
  }

  /** The folder of that name in it, made where there is none. Throws as `folder` does. */
  madeFolder(name: string): AnchoredFolder {
    this.makeFolder(name);
    return this.folder(name);
  }

  /** Makes a folder where nothing has that name. */
  makeFolder(name: string): void {
    this.requireInPlace();
    ignoring("EEXIST", () => this.#inWords(() => mkdirSync(this.#at(name))));
  }

  /** Makes an empty file where nothing has that name. */
  makeFile(name: string, mode = 0o666): void {
    this.requireInPlace();
    ignoring("EEXIST", () => this.#inWords(() => closeSync(openSync(this.#at(name), "wx", mode))));
  }

  /**
   * Opens a file to append to it, made where there is none. Throws what the file system throws, for what is no file as
   * well. The caller closes it.
   */
  openToAppend(name: string): number {
    this.requireInPlace();
    return this.#inWords(() => openSync(this.#at(name), TO_APPEND, 0o666));
  }

  /** Writes a file whole, in the place of whatever has the name. @param temporary a name for it until then */
  writeFile(
    name: string,
    text: string,
    { temporary, mode = 0o666 }: { temporary: string; mode?: number },
  ): void {
    this.requireInPlace();
    // What has the name already is not this call's, and stays.
    const fd = this.#inWords(() => openSync(this.#at(temporary), "wx", mode));
    try {
      try {
        writeFileSync(fd, text);
      } finally {
        closeSync(fd);
      }
      this.#inWords(() => renameSync(this.#at(temporary), this.#at(name)));
    } catch (error) {
      this.#discardQuietly(temporary);
      throw error;
    }
  }

  /**
   * Makes a file with that content, durable, where nothing has the name, in one step. Throws what the file system
   * throws, `EEXIST` where something has it, and `Displaced`; then nothing was made.
   * @param temporary a name for it until then
   */
  createNew(
    name: string,
    content: Uint8Array,
    { mode, temporary }: { mode: number; temporary: string },
  ): void {
    try {
      this.writeNew(temporary, content, { mode });
      this.requireInPlace();
      this.#nameOnce(temporary, name);
    } finally {
      this.#discardQuietly(temporary);
    }
  }

  /** Writes a file that must not be there yet, durable, with the mode, and the owner, of another. */
  writeNew(name: string, content: Uint8Array, like: Owned): void {
    this.requireInPlace();
    const fd = this.#inWords(() => openSync(this.#at(name), "wx", 0o600));
    try {
      writeFileSync(fd, content);
      const { uid, gid } = fstatSync(fd);
      if (like.uid !== undefined && like.gid !== undefined && (uid !== like.uid || gid !== like.gid)) {
        fchownSync(fd, like.uid, like.gid);
      }
      fchmodSync(fd, like.mode & 0o7777);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** Removes a file that this process has just made in it, wherever it is by now; nothing that is not there. */
  discard(name: string): void {
    this.#inWords(() => rmSync(this.#at(name), { force: true }));
  }

  /** What went wrong before is what matters: on a read-only file system not even a missing file can be removed. */
  #discardQuietly(name: string): void {
    try {
      this.discard(name);
    } catch {
      // See above.
    }
  }

  /** So that what was renamed in it survives a power cut. Not every system can; the content is safe either way. */
  sync(): void {
    try {
      fsyncSync(this.#fd);
    } catch {
      // How soon the entry is durable is left to the system.
    }
  }

  #nameOnce(from: string, to: string): void {
    try {
      this.#inWords(() => linkSync(this.#at(from), this.#at(to)));
    } catch (error) {
      // Where a file cannot have two names there is nothing better than a look beforehand.
      if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(systemErrorCode(error) ?? "")) throw error;
      if (this.identityOf(to) !== undefined)
        throw Object.assign(new Error(`${to} is there`), { code: "EEXIST" });
      this.#inWords(() => renameSync(this.#at(from), this.#at(to)));
    }
  }

  names(): ExactPath[] {
    return this.#inWords(() => exactNames(this.#at(".")));
  }

  /** What an entry is, not followed; undefined where there is none. */
  statOf(name: ExactPath): BigIntStats | undefined {
    return this.#inWords(() => lstatSync(this.#at(name), { throwIfNoEntry: false, bigint: true }));
  }

  /** Device and inode of an entry, not followed; undefined where there is none. */
  identityOf(name: ExactPath): string | undefined {
    const stat = this.statOf(name);
    return stat === undefined ? undefined : identityOf(stat);
  }

  /** Throws `Displaced` unless it and every folder it was opened from still have their names. */
  requireInPlace(): void {
    const found =
      this.#from === undefined ? identityAt(this.path) : this.#from.parent.identityOf(this.#from.name);
    if (found !== this.identity) throw new Displaced(`${this.path} has been moved or replaced`);
    this.#from?.parent.requireInPlace();
  }

  /** Renames an entry, here or into another folder on the same disk. */
  rename(name: ExactPath, to: AnchoredFolder, newName: ExactPath): void {
    this.requireInPlace();
    to.requireInPlace();
    this.#inWords(() => to.#inWords(() => renameSync(this.#at(name), to.#at(newName))));
  }

  /**
   * Removes an entry with everything in it; nothing that is not there. Links are removed and not followed.
   * Throws what the file system throws, and `Displaced`; what went before is gone then.
   *
   * @param expected device and inode of the entry that is meant
   */
  remove(name: ExactPath, expected?: string): void {
    const stat = this.statOf(name);
    if (stat === undefined) return;
    if (expected !== undefined && identityOf(stat) !== expected)
      throw new Displaced(`${this.#shown(name)} has been moved or replaced`);
    if (stat.isDirectory()) this.#removeFolder(name, identityOf(stat));
    else {
      this.requireInPlace();
      ignoring("ENOENT", () => this.#inWords(() => unlinkSync(this.#at(name))));
    }
  }

  #removeFolder(name: ExactPath, expected: string): void {
    {
      using child = this.folder(name);
      if (child.identity !== expected) throw new Displaced(`${child.path} has been moved or replaced`);
      for (const entry of child.names()) child.remove(entry);
      child.requireInPlace();
    }
    ignoring("ENOENT", () => this.#inWords(() => rmdirSync(this.#at(name))));
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  /** What goes wrong is said of the folder as it is called: of the way to it, and of a temporary name, nobody knows. */
  #inWords<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (error instanceof Error)
        error.message = error.message
          .replaceAll(`/proc/self/fd/${this.#fd}/`, `${this.path}/`)
          .replace(/\/\.amalfa-\d+-[\da-f-]{36}\.tmp(?=')/g, "");
      throw error;
    }
  }

  /** Where an entry is reached: through the folder that is open, or by a path that has just been looked at. */
  #at(name: ExactPath): ExactPath {
    if (HAS_DESCRIPTOR_PATHS) return below(`/proc/self/fd/${this.#fd}`, name);
    this.requireInPlace();
    return below(this.path, name);
  }

  /** For messages. */
  #shown(name: ExactPath): string {
    return join(this.path, String(name));
  }
}

/** Device and inode. */
export function identityOf(stat: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${stat.dev}:${stat.ino}`;
}

function identityAt(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? undefined : identityOf(stat);
}

/**
 * The mount that an open folder was reached through; elsewhere than on Linux its device, since there are no bind
 * mounts.
 */
function mountOf(fd: number): string {
  if (HAS_DESCRIPTOR_PATHS) {
    const mount = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
    if (mount !== undefined) return mount;
  }
  return String(fstatSync(fd, { bigint: true }).dev);
}

function ignoring(code: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (systemErrorCode(error) !== code) throw error;
  }
}
