/**
 * The walk of the sources in the time that an answer may take.
 *
 * Folders first: what came and what went shows in their lists, which cost little. Then the files, those that the
 * graph does not know before all others, and the others from a place of chance on: where the time does not suffice,
 * each has its turn in some later survey. What was not looked at by then is taken to be as it was, and the survey
 * says that it is not complete.
 */

import { isAsKnown } from "../plan.ts";
import {
  type DiscoveredSource,
  type Discovery,
  discoveryOf,
  type SourceOptions,
  walkSources,
} from "./discover.ts";
import { type DeferredFile, type DiscoveredFile, type Findings, newFindings, type Tree } from "./findings.ts";
import { openTree } from "./sources.ts";
import { accessByMode, asDiscovered, statsOfFile } from "./walk.ts";

/** What the file system said of a document when the graph read it. */
export type KnownStamp = Pick<DiscoveredFile, "size" | "mtimeMs" | "ctimeMs" | "inode">;

type Listed = readonly [id: string, file: DeferredFile];

/** Files looked at between two looks at the clock. */
const FILES_A_STEP = 32;
/** Folders and files that are looked at whatever the time: on a busy machine it may be up before anything was done. */
const AT_LEAST = 512;

export interface SurveyOptions extends SourceOptions {
  /** What the graph knows. */
  readonly known: ReadonlyMap<string, KnownStamp>;
  /** Documents to be looked at first. */
  readonly first?: ReadonlySet<string>;
  /**
   * Where among the others to begin, such as where the survey before this one had to stop; a place of chance by
   * default.
   */
  readonly from?: string | undefined;
}

export class Survey {
  readonly #tree: Tree;
  /** Of files only those that are not as the graph knows them. */
  readonly #findings: Findings = newFindings();
  /** What may be a document, by its name. */
  readonly #listed = new Map<string, DeferredFile>();
  readonly #listing: Generator<void, DiscoveredSource[]>;
  #sources: DiscoveredSource[] | undefined;
  #queue: readonly Listed[] = [];
  #next = 0;
  readonly #options: SurveyOptions;
  #steps = 0;

  /** Throws what `discover` throws. */
  constructor(options: SurveyOptions) {
    this.#options = options;
    this.#tree = openTree(options.root, options.excludePatterns);
    const findings = { ...this.#findings, deferred: this.#listed };
    this.#listing = walkSources(this.#tree, options.sources, findings);
  }

  /** Whether every folder was listed. */
  get isListed(): boolean {
    return this.#sources !== undefined;
  }

  /** Whether every file was looked at besides. */
  get isComplete(): boolean {
    return this.isListed && this.#next === this.#queue.length;
  }

  /** The first document that was not looked at. */
  get stoppedAt(): string | undefined {
    return this.#queue[this.#next]?.[0];
  }

  /**
   * Whether the documents are those that the graph knows, each as it was read, by all that the file system tells of
   * it.
   */
  get findsAllAsKnown(): boolean {
    return (
      this.isComplete && this.#findings.files.size === 0 && this.#listed.size === this.#options.known.size
    );
  }

  /** Whether each source was found and could be looked through, and contains no git tree of its own. */
  get leavesNoDoubt(): boolean {
    const { unobserved, otherTrees } = this.#findings;
    return unobserved.size + otherTrees.size === 0 && this.#sources?.every(({ exists }) => exists) === true;
  }

  /** Whatever else was found: sources, and what is none of the documents or could not be looked at. */
  besides(): string {
    const { failed, unobserved, leftovers, otherTrees } = this.#findings;
    const besides = [this.#sources, ...[failed, unobserved, leftovers, otherTrees].map((each) => [...each])];
    return new Bun.CryptoHasher("sha256").update(JSON.stringify(besides)).digest("base64");
  }

  /** Goes on until all is looked at or the time is up. @param until as `performance.now()` tells the time */
  goOn(until: number): void {
    const isTime = (): boolean => this.#steps < AT_LEAST || performance.now() < until;
    while (this.#sources === undefined) {
      const step = this.#listing.next();
      this.#steps++;
      if (step.done === true) this.#arrange(step.value);
      else if (!isTime()) return;
    }
    while (this.#next < this.#queue.length && isTime()) {
      this.#steps += FILES_A_STEP;
      const end = Math.min(this.#queue.length, this.#next + FILES_A_STEP);
      for (; this.#next < end; this.#next++) {
        this.#examine(this.#queue[this.#next]!);
      }
    }
  }

  #examine([id, file]: Listed): void {
    const stats = statsOfFile(this.#tree, id, file, this.#findings);
    if (stats === undefined) {
      this.#listed.delete(id);
      return;
    }
    const known = this.#options.known.get(id);
    const { size, mtimeMs, ctimeMs, ino: inode } = stats;
    const isKnown = known !== undefined && isAsKnown({ size, mtimeMs, ctimeMs, inode }, known);
    if (isKnown && accessByMode(stats) === "granted") return;
    this.#findings.files.set(id, asDiscovered(this.#tree, id, file.relative, stats));
  }

  /**
   * What was found, with what is as the graph knows it, and what was not looked at as if it were; undefined while not
   * every folder was listed, since nothing can be said of what is gone before that.
   */
  discovery(): Discovery | undefined {
    if (this.#sources === undefined) return undefined;
    const files = new Map(this.#findings.files);
    for (const [id, { relative }] of this.#listed) {
      const known = files.has(id) ? undefined : this.#options.known.get(id);
      if (known === undefined) continue;
      const { size, mtimeMs, ctimeMs, inode } = known;
      const path = `${this.#tree.root}/${relative}`;
      files.set(id, { id, path, size, mtimeMs, ctimeMs, inode, access: "granted" });
    }
    return discoveryOf({ ...this.#findings, files }, this.#sources);
  }

  #arrange(sources: DiscoveredSource[]): void {
    const { known, first, from } = this.#options;
    this.#sources = sources;
    const urgent: Listed[] = [];
    const others: Listed[] = [];
    for (const entry of this.#listed) {
      const id = entry[0];
      (known.has(id) && first?.has(id) !== true ? others : urgent).push(entry);
    }
    const place = from === undefined ? -1 : others.findIndex(([id]) => id === from);
    const start = place >= 0 ? place : Math.floor(Math.random() * others.length);
    this.#queue = urgent.concat(others.slice(start), others.slice(0, start));
  }
}
