/**
 * Tells that something about a project's documents may have changed.
 *
 * Folders are followed through the system's own notifications. What those cannot tell is looked at every second, a
 * handful of `stat` calls: whether each source is still the same folder, the settings file, sources that are single
 * files, and whether the graph was replaced. All of this consists of hints: what has really changed is found out by
 * the ingest.
 */

import { statSync } from "node:fs";
import { join } from "node:path";
import { isSourceOfCode, type Project, parseSource, SETTINGS_FILES } from "../../project/index.ts";
import { realPath, remoteFileSystem } from "../../system/files/index.ts";
import { Subscription, type SubscriptionEvents } from "./subscription.ts";

/** Folders that are never followed. */
const NEVER_FOLLOWED = ["**/node_modules", "**/.git", "**/.amalfa", "**/.amalfa.*"];
/** Folders that are named where they cannot be followed. */
const MOST_NAMED = 3;

export interface FollowerEvents {
  /** Something may have changed. */
  readonly onChange: () => void;
  /** The settings file has changed: the project must be loaded again. */
  readonly onSettings: () => void;
  /** Changes may not be noticed at once; `message` says why. */
  readonly onTrouble: (message: string) => void;
}

export class SourceFollower implements AsyncDisposable {
  readonly #events: FollowerEvents;
  readonly #lookEveryMs: number;
  #project: Project;
  #subscription: Subscription | undefined;
  /** The folders that the subscription is about, and device and inode of each. */
  #followed: ReadonlyMap<string, string> = new Map();
  #remote: ReadonlyMap<string, string> = new Map();
  #isStale = false;
  #ended = false;
  #sourcesSeen = "";
  #settingsSeen = "";
  #graphSeen = "";
  #timer: Timer | undefined;
  #following: Promise<void> = Promise.resolve();
  #troubleTold: string | undefined;

  /** @param lookEveryMs how often what notifications cannot tell is looked at, in milliseconds */
  constructor(project: Project, lookEveryMs: number, events: FollowerEvents) {
    this.#project = project;
    this.#lookEveryMs = lookEveryMs;
    this.#events = events;
  }

  get folders(): number {
    return this.#followed.size - (this.#subscription?.failed.size ?? 0);
  }

  /**
   * Why changes may not be noticed at once, a clause; undefined where all folders are followed and the system tells
   * of all changes.
   */
  get obstacle(): string | undefined {
    const failed = [...(this.#subscription?.failed ?? [])].map(
      ([folder, reason]) => `${folder} cannot be followed (${reason})`,
    );
    const remote = [...this.#remote].map(
      ([folder, kind]) => `${folder} lies on a network file system (${kind}), which may not tell of changes`,
    );
    return [...failed, ...remote].slice(0, MOST_NAMED).join("; ") || undefined;
  }

  /** Resolves once changes are noticed, or when it is clear that they will not be. */
  async start(): Promise<void> {
    this.#settingsSeen = settingsState(this.#project);
    this.#graphSeen = fileState(this.#project.paths.database, "identity");
    await this.#refollow();
    this.#timer = setInterval(() => this.#look(), this.#lookEveryMs);
  }

  /** Follows the sources of a project whose settings have changed. */
  async use(project: Project): Promise<void> {
    this.#project = project;
    await this.#refollow();
  }

  /** Follows everything anew, since notifications may have been lost. */
  async renew(): Promise<void> {
    this.#isStale = true;
    await this.#refollow();
  }

  /**
   * Before files are looked at: whatever was found since the last look to be followed incompletely is followed anew,
   * so that what changes from now on is noticed. New folders bring others with them, which notifications do not cover
   * (parcel-bundler/watcher#97, #243).
   */
  async settle(): Promise<void> {
    if (this.#isStale) await this.#refollow();
  }

  /** The graph as it is now is the watcher's own work. */
  graphIsCurrent(): void {
    this.#graphSeen = fileState(this.#project.paths.database, "identity");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    clearInterval(this.#timer);
    this.#subscription?.end();
  }

  #look(): void {
    const settings = settingsState(this.#project);
    if (settings !== this.#settingsSeen) {
      this.#settingsSeen = settings;
      this.#events.onSettings();
    }
    if (sourcesState(this.#project) !== this.#sourcesSeen) {
      void this.#refollow().then(() => this.#events.onChange());
    }
    const graph = fileState(this.#project.paths.database, "identity");
    if (graph !== this.#graphSeen) {
      this.#graphSeen = graph;
      this.#events.onChange();
    }
  }

  /** One after the other, since each begins from what the one before left. */
  #refollow(): Promise<void> {
    this.#sourcesSeen = sourcesState(this.#project);
    this.#following = this.#following.then(() => this.#followAll());
    return this.#following;
  }

  /** The new subscription is there before the old one goes, so that no change falls between the two. */
  async #followAll(): Promise<void> {
    const wanted = foldersToFollow(this.#project);
    const sound = this.#subscription?.isAlive === true && !this.#isStale;
    if (this.#ended || (sound && isSame(wanted, this.#followed))) return;
    this.#isStale = false;
    const request = { folders: [...wanted.keys()], ignore: NEVER_FOLLOWED, code: takesCode(this.#project) };
    const old = this.#subscription;
    const started =
      request.folders.length === 0 ? undefined : await Subscription.start(request, this.#handlers());
    old?.end();
    if (this.#ended) return started?.end();
    this.#subscription = started;
    this.#followed = wanted;
    this.#remote = new Map(
      request.folders.flatMap((folder) => {
        const kind = remoteFileSystem(folder);
        return kind === undefined ? [] : [[folder, kind] as const];
      }),
    );
    this.#tell();
  }

  #handlers(): SubscriptionEvents {
    return {
      onChange: (what) => {
        if (what === "folders") this.#isStale = true;
        this.#events.onChange();
      },
      onLost: (reason) => {
        this.#isStale = true;
        if (reason !== undefined) this.#events.onTrouble(`following the files was interrupted: ${reason}`);
        this.#events.onChange();
      },
      onLate: () => {
        this.#tell();
        this.#events.onChange();
      },
    };
  }

  /** Once for each trouble, however often it is met. */
  #tell(): void {
    const { obstacle } = this;
    if (obstacle !== undefined && obstacle !== this.#troubleTold) this.#events.onTrouble(obstacle);
    this.#troubleTold = obstacle;
  }
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([folder, identity]) => other.get(folder) === identity);
}

/** The folders that contain all sources, without those that lie in another, and the identity of each. */
function foldersToFollow(project: Project): Map<string, string> {
  const folders = new Map<string, string>();
  for (const base of sourceBases(project)) {
    try {
      const real = realPath(base);
      // What is told of a folder depends on what its documents are.
      const state = `${fileState(real, "identity")} ${takesCode(project)}`;
      if (statSync(real).isDirectory()) folders.set(real, state);
    } catch {
      // A source that is missing is looked for every second.
    }
  }
  for (const folder of folders.keys()) {
    if ([...folders.keys()].some((other) => folder.startsWith(`${other}/`))) folders.delete(folder);
  }
  return folders;
}

function takesCode({ root, settings }: Project): boolean {
  return settings.sources.some((source) => isSourceOfCode(root, source));
}

function sourceBases({ root, settings }: Project): string[] {
  return settings.sources.flatMap((source) => {
    const parsed = parseSource(root, source);
    return "base" in parsed ? [join(root, parsed.base), join(root, parsed.source)] : [];
  });
}

function sourcesState(project: Project): string {
  const places = [...sourceBases(project), join(project.root, ".gitignore")];
  return places.map((place) => fileState(place, isFile(place) ? "content" : "identity")).join("\n");
}

function settingsState({ root }: Project): string {
  return SETTINGS_FILES.map((name) => fileState(join(root, name), "content")).join("\n");
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** A text that changes when a path comes, goes or is replaced; with `content` also when the file is written. */
function fileState(path: string, what: "identity" | "content"): string {
  try {
    const { dev, ino, size, mtimeMs } = statSync(path);
    return what === "identity" ? `${dev}:${ino}` : `${dev}:${ino}:${size}:${mtimeMs}`;
  } catch {
    return "absent";
  }
}
