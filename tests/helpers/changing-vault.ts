/**
 * A folder of notes to which anything may happen that happens to files, and a model of what they say, kept beside
 * them.
 */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Random } from "./random.ts";
import { TempFolder } from "./temp-folder.ts";

/** A small stock of words that mean nothing, so that what has one is known exactly. */
export const WORDS = Array.from(
  { length: 40 },
  (_, place) => `word${String.fromCharCode(97 + (place % 26))}${place}x`,
);
const FOLDERS = ["", "a/", "a/b/", "c d/", "ü/", "e/", "e/f/g/", "h/"];
/** The folder that a `.gitignore` hides at times. */
const HIDEABLE = "c d/";
const FEWEST = 30;
const MOST = 120;

export interface Note {
  readonly words: readonly string[];
  /** Paths that it links to, from a folder as deep as this. */
  readonly links: readonly string[];
  readonly depth: number;
  readonly extra: string;
}

const depthOf = (path: string): number => path.split("/").length - 1;

const textOf = ({ words, links, depth, extra }: Note): string => {
  const targets = links.map((target) => `[to](<${"../".repeat(depth)}${target}>)`);
  return `# Note\n\n${words.join(" ")} ${targets.join(" ")}\n${extra}`;
};

export class ChangingVault {
  readonly folder = new TempFolder();
  readonly #files = new Map<string, Note>();
  readonly #random: Random;
  #made = 0;
  #isHidden = false;

  constructor(random: Random) {
    this.#random = random;
    for (let i = 0; i < 60; i++) this.#create();
  }

  /** The documents that there are now, by their paths. */
  documents(): Map<string, Note> {
    return new Map([...this.#files].filter(([path]) => !(this.#isHidden && path.startsWith(HIDEABLE))));
  }

  /** Documents that an ingest would add, change or remove; of those that came and went the more. */
  drift(before: ReadonlyMap<string, Note>): number {
    const now = this.documents();
    const added = [...now.keys()].filter((path) => !before.has(path)).length;
    const removed = [...before.keys()].filter((path) => !now.has(path)).length;
    const changed = [...now].filter(([path, note]) => before.has(path) && before.get(path) !== note).length;
    return changed + Math.max(added, removed);
  }

  having(word: string): string[] {
    return [...this.documents()]
      .filter(([, { words }]) => words.includes(word))
      .map(([path]) => path)
      .sort();
  }

  /** Documents that one links to, by their paths. */
  linkedFrom(path: string): string[] {
    const documents = this.documents();
    const note = documents.get(path);
    if (note === undefined || note.depth !== depthOf(path)) return [];
    return note.links.filter((target) => documents.has(target) && target !== path).sort();
  }

  /** One thing that happens to the files; says which. */
  change(): string {
    const paths = [...this.#files.keys()];
    const path = this.#random.pick(paths);
    const kind = this.#random.pick(KINDS);
    this.#happen(kind, path);
    // Keeps the vault from growing.
    const now = [...this.#files.keys()];
    for (const old of now.slice(MOST).slice(-5)) this.#remove(old);
    return `${kind} ${path}`;
  }

  #happen(kind: (typeof KINDS)[number], path: string): void {
    const random = this.#random;
    const note = this.#files.get(path)!;
    switch (kind) {
      case "create":
        this.#create();
        break;
      case "edit":
        this.#write(path, this.#newNote(path));
        break;
      case "empty":
        writeFileSync(this.folder.join(path), "");
        this.#files.set(path, { words: [], links: [], depth: depthOf(path), extra: "" });
        break;
      case "append": {
        const word = random.pick(WORDS);
        appendFileSync(this.folder.join(path), `\n${word}\n`);
        this.#files.set(path, { ...note, words: [...note.words, word], extra: `${note.extra}\n${word}\n` });
        break;
      }
      case "delete":
        if (this.#files.size > FEWEST) this.#remove(path);
        break;
      case "delete and write again":
        rmSync(this.folder.join(path));
        this.#write(path, this.#newNote(path));
        break;
      case "rename":
        this.#rename(path, this.#newPath());
        break;
      case "rename over another": {
        const other = random.pick([...this.#files.keys()]);
        if (other !== path && this.#files.size > FEWEST) this.#rename(path, other);
        break;
      }
      case "swap":
        this.#swap(path, random.pick([...this.#files.keys()]));
        break;
      case "replace": {
        const next = this.#newNote(path);
        writeFileSync(this.folder.join("replacement.tmp"), textOf(next));
        renameSync(this.folder.join("replacement.tmp"), this.folder.join(path));
        this.#files.set(path, next);
        break;
      }
      case "touch": {
        const then = new Date(Date.now() - random.between(0, 100_000));
        utimesSync(this.folder.join(path), new Date(), then);
        break;
      }
      case "chmod":
        chmodSync(this.folder.join(path), random.pick([0o644, 0o600, 0o640]));
        break;
      case "move folder":
        this.#moveFolder();
        break;
      case "same size and time":
        this.#writeAlike(path, note);
        break;
      case "many":
        for (let i = random.between(2, 8); i > 0; i--) this.#create();
        break;
      case "hide":
        // Mostly more than an answer brings in, so that only some of them are worth their time.
        if (random.oneIn(4)) this.#isHidden = !this.#isHidden;
        writeFileSync(this.folder.join(".gitignore"), this.#isHidden ? HIDEABLE : "# nothing\n");
        break;
    }
  }

  #write(path: string, note: Note): void {
    const file = this.folder.join(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, textOf(note));
    this.#files.set(path, note);
  }

  #remove(path: string): void {
    rmSync(this.folder.join(path));
    this.#files.delete(path);
  }

  #rename(from: string, to: string): void {
    const note = this.#files.get(from)!;
    mkdirSync(dirname(this.folder.join(to)), { recursive: true });
    renameSync(this.folder.join(from), this.folder.join(to));
    this.#files.delete(from);
    this.#files.set(to, { ...note });
  }

  /** Each has the other's content, times and number. */
  #swap(one: string, other: string): void {
    if (one === other) return;
    const notes = [this.#files.get(one)!, this.#files.get(other)!] as const;
    renameSync(this.folder.join(one), this.folder.join("swapped.tmp"));
    renameSync(this.folder.join(other), this.folder.join(one));
    renameSync(this.folder.join("swapped.tmp"), this.folder.join(other));
    this.#files.set(one, { ...notes[1] });
    this.#files.set(other, { ...notes[0] });
  }

  /** In place, with another word of the same length, and with the times that it had. */
  #writeAlike(path: string, note: Note): void {
    const file = this.folder.join(path);
    const { atime, mtime } = statSync(file);
    const [word] = note.words;
    if (word === undefined) return;
    const other = this.#random.pick(WORDS.filter((each) => each.length === word.length));
    const words = note.words.map((each) => (each === word ? other : each));
    const extra = note.extra.replaceAll(word, other);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(word, other));
    this.#files.set(path, { ...note, words, extra });
    utimesSync(file, atime, mtime);
  }

  #moveFolder(): void {
    const from = "a/b";
    if (!existsSync(this.folder.join(from))) return;
    const to = `moved${this.#made++}/b`;
    mkdirSync(dirname(this.folder.join(to)), { recursive: true });
    renameSync(this.folder.join(from), this.folder.join(to));
    for (const [path, note] of [...this.#files]) {
      if (!path.startsWith(`${from}/`)) continue;
      this.#files.delete(path);
      this.#files.set(`${to}${path.slice(from.length)}`, note);
    }
  }

  #create(): void {
    const path = this.#newPath();
    this.#write(path, this.#newNote(path));
  }

  #newPath(): string {
    return `${this.#random.pick(FOLDERS)}note${this.#made++}.md`;
  }

  #newNote(path: string): Note {
    const random = this.#random;
    const words = Array.from({ length: random.between(1, 4) }, () => random.pick(WORDS));
    const known = [...this.#files.keys()];
    const links = known.length > 0 && random.oneIn(2) ? [random.pick(known)] : [];
    return {
      words,
      links,
      depth: depthOf(path),
      extra: random.oneIn(3) ? `\n${"Filler of a line. ".repeat(random.between(1, 40))}\n` : "",
    };
  }
}

/** What happens often stands twice. */
const KINDS = [
  "create",
  "edit",
  "edit",
  "append",
  "append",
  "delete",
  "delete and write again",
  "rename",
  "rename over another",
  "swap",
  "replace",
  "touch",
  "chmod",
  "move folder",
  "same size and time",
  "same size and time",
  "empty",
  "many",
  "hide",
] as const;
