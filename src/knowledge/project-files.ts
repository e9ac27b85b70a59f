/** Files of a project that are no documents, as links lead to them. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isNeverIngested } from "../project/index.ts";

/** Answers whether something lies at a path or bears a name. Each place is looked at once. */
export class ProjectFiles {
  readonly #root: string;
  readonly #kinds = new Map<string, "file" | "folder" | "nothing">();
  #names: ReadonlySet<string> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** @param path below the project root; an accented letter may be one character or two */
  kindOf(path: string): "file" | "folder" | "nothing" {
    for (const written of new Set([path, path.normalize("NFC"), path.normalize("NFD")])) {
      const kind = this.#look(written);
      if (kind !== "nothing") return kind;
    }
    return "nothing";
  }

  /** Whether any file of the project has this name, in whatever folder, as notes refer to their attachments. */
  hasName(name: string): boolean {
    this.#names ??= new Set(namesBelow(this.#root));
    return this.#names.has(fold(name));
  }

  #look(path: string): "file" | "folder" | "nothing" {
    const known = this.#kinds.get(path);
    if (known !== undefined) return known;
    const kind = kindAt(join(this.#root, path));
    this.#kinds.set(path, kind);
    return kind;
  }
}

function kindAt(path: string): "file" | "folder" | "nothing" {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? "nothing" : found.isDirectory() ? "folder" : "file";
  } catch {
    return "nothing";
  }
}

function* namesBelow(root: string): Generator<string> {
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of entriesOf(folder)) {
      if (entry.isDirectory()) {
        if (!isNeverIngested(entry.name)) pending.push(join(folder, entry.name));
      } else yield fold(entry.name);
    }
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function fold(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
