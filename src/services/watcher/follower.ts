/**
 * Tells that something about a project's documents may have changed.
 *
 * Folders are followed through the system's own notifications. What those cannot tell is looked at every second, a handful of `stat` calls:
 * whether each source is still the same folder, the settings file, sources that are single files, and whether the graph was replaced.
 * All of this consists of hints: what has really changed is found out by the ingest.
 */

import { lstatSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { AsyncSubscription, Event } from "@parcel/watcher";
import { type Project, parseSource, SETTINGS_FILES } from "../../project/index.ts";
import { isMarkdown } from "../../system/files/index.ts";
import { messageOf } from "../../system/index.ts";

/** Folders that are never followed. */
const NEVER_FOLLOWED = ["**/node_modules", "**/.git", "**/.amalfa", "**/.amalfa.*"];
const LOOK_EVERY_MS = 1_000;

export interface FollowerEvents {
  /** Something may have changed. */
  readonly onChange: () => void;
  /** The settings file has changed: the project must be loaded again. */
  readonly onSettings: () => void;
  /** A folder cannot be followed; `message` says why. */
  readonly onTrouble: (message: string) => void;
}

interface Subscription {
  /** Device and inode of the folder. */
  readonly identity: string;
  readonly subscription: AsyncSubscription;
}

export class SourceFollower implements AsyncDisposable {
  readonly #events: FollowerEvents;
  #project: Project;
  readonly #followed = new Map<string, Subscription>();
  #sourcesSeen = "";
  #settingsSeen = "";
  #graphSeen = "";
  #timer: Timer | undefined;
  #following: Promise<void> = Promise.resolve();
  #missed = 0;

  constructor(project: Project, events: FollowerEvents) {
    this.#project = project;
    this.#events = events;
  }

  /** Folders that should be followed and are not. */
  get missed(): number {
    return this.#missed;
  }

  get folders(): number {
    return this.#followed.size;
  }

  /** Resolves once changes are noticed. */
  async start(): Promise<void> {
    this.#settingsSeen = settingsState(this.#project);
    this.#graphSeen = fileState(this.#project.paths.database, "identity");
    await this.#refollow();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** Follows the sources of a project whose settings have changed. */
  async use(project: Project): Promise<void> {
    this.#project = project;
    await this.#refollow();
  }

  /** Follows everything anew, since notifications may have been lost. */
  async renew(): Promise<void> {
    for (const folder of [...this.#followed.keys()]) await this.#unfollow(folder);
    await this.#refollow();
  }

  /** The graph as it is now is the watcher's own work. */
  graphIsCurrent(): void {
    this.#graphSeen = fileState(this.#project.paths.database, "identity");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#following;
    await Promise.all([...this.#followed.keys()].map((folder) => this.#unfollow(folder)));
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

  async #followAll(): Promise<void> {
    const wanted = foldersToFollow(this.#project);
    this.#missed = 0;
    for (const [folder, { identity }] of this.#followed) {
      if (wanted.get(folder) !== identity) await this.#unfollow(folder);
    }
    for (const [folder, identity] of wanted) {
      if (!this.#followed.has(folder)) await this.#follow(folder, identity);
    }
  }

  async #follow(folder: string, identity: string): Promise<void> {
    try {
      const { subscribe } = await import("@parcel/watcher");
      const subscription = await subscribe(folder, (error, events) => this.#receive(folder, error, events), {
        ignore: NEVER_FOLLOWED,
      });
      this.#followed.set(folder, { identity, subscription });
    } catch (error) {
      this.#missed++;
      this.#events.onTrouble(`${folder} cannot be followed: ${messageOf(error)}`);
    }
  }

  async #unfollow(folder: string): Promise<void> {
    const followed = this.#followed.get(folder);
    this.#followed.delete(folder);
    // The folder may be gone, and with it what there is to end.
    await followed?.subscription.unsubscribe().catch(() => {});
  }

  #receive(folder: string, error: Error | null, events: readonly Event[]): void {
    // A folder that was moved away is no longer followed, even if the same folder is back before anybody looks.
    const moved = events.some(({ type, path }) => type === "delete" && path === folder);
    if (error !== null) this.#events.onTrouble(`following ${folder} was interrupted: ${error.message}`);
    if (error !== null || moved) void this.renew().then(() => this.#events.onChange());
    else if (events.some(mayMatter)) this.#events.onChange();
  }
}

/** Whether an event may be about documents. Folders come and go whole, with one event for all that is in them. */
function mayMatter({ type, path }: Event): boolean {
  if (isMarkdown(path) || basename(path) === ".gitignore") return true;
  if (type === "update") return false;
  if (type === "delete") return true;
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return true;
  }
}

/** The folders that contain all sources, without those that lie in another, and the identity of each. */
function foldersToFollow(project: Project): Map<string, string> {
  const folders = new Map<string, string>();
  for (const base of sourceBases(project)) {
    try {
      const real = realpathSync(base);
      if (statSync(real).isDirectory()) folders.set(real, fileState(real, "identity"));
    } catch {
      // A source that is missing is looked for every second.
    }
  }
  for (const folder of folders.keys()) {
    if ([...folders.keys()].some((other) => folder.startsWith(`${other}/`))) folders.delete(folder);
  }
  return folders;
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
