/**
 * What a reset has looked at and shown, held open until it ends, so that it deletes just that: by device and inode,
 * in the project root that was looked at, and never through a link (I7).
 */
import { join, sep } from "node:path";
import { AnchoredFolder, Displaced, HeldEntry } from "../../system/files/index.ts";
import { AmalfaError, messageOf } from "../../system/index.ts";

export class SeenEntries implements Disposable {
  readonly root: AnchoredFolder;
  /** By path in the root. */
  readonly #held = new Map<string, HeldEntry>();

  /** @param root absolute path of the project root */
  constructor(root: string) {
    this.root = AnchoredFolder.open(root);
  }

  /** Remembers an entry as it is now, and the folders on the way to it. @param path in the root */
  hold(path: string): void {
    const names = path.split(sep);
    for (let depth = 1; depth <= names.length; depth++) {
      const part = names.slice(0, depth).join("/");
      if (!this.#held.has(part)) this.#held.set(part, new HeldEntry(join(this.root.path, part)));
    }
  }

  /** The folder that was held. Throws `Displaced` when there is another thing in its place. The caller closes it. */
  folder(name: string): AnchoredFolder {
    return this.#open(this.root, name, name);
  }

  /**
   * Removes an entry of the root. Throws `reset.incomplete`, also when it is not the one that is meant.
   *
   * @param path in the root, `/`-separated
   * @param identity device and inode of what is meant, where it is not what was held by this path
   */
  remove(path: string, identity = this.#held.get(path)?.identity): void {
    const names = path.split("/");
    const name = names.pop() ?? "";
    removing(
      () => this.#within(this.root, names, "", (folder) => folder.remove(name, identity)),
      join(this.root.path, path),
    );
  }

  #within(
    folder: AnchoredFolder,
    names: readonly string[],
    way: string,
    work: (folder: AnchoredFolder) => void,
  ): void {
    const [name, ...rest] = names;
    if (name === undefined) {
      work(folder);
      return;
    }
    using next = this.#open(folder, name, way + name);
    this.#within(next, rest, `${way}${name}/`, work);
  }

  #open(folder: AnchoredFolder, name: string, path: string): AnchoredFolder {
    const opened = folder.folder(name);
    const held = this.#held.get(path);
    if (held === undefined || held.identity === opened.identity) return opened;
    opened[Symbol.dispose]();
    throw new Displaced(`${opened.path} has been moved or replaced`);
  }

  [Symbol.dispose](): void {
    for (const entry of this.#held.values()) entry[Symbol.dispose]();
    this.root[Symbol.dispose]();
  }
}

/** Runs a removal. Throws `reset.incomplete` when it stops on the way. */
export function removing(work: () => void, path: string): void {
  try {
    work();
  } catch (error) {
    const reason = error instanceof Displaced ? `since it was shown, ${messageOf(error)}` : messageOf(error);
    throw new AmalfaError("reset.incomplete", `${path} could not be deleted completely: ${reason}.`, {
      hint:
        error instanceof Displaced
          ? "What is there now was left alone. Look at it, and run `amalfa reset` again to finish."
          : "Check its permissions and run `amalfa reset` again to finish.",
      cause: error,
    });
  }
}
