/**
 * The process in which folders are followed by native code.
 *
 * That code may wait for ever, as where the system has no inotify instance left, or take its process with it: it may,
 * here. Nothing it needs is asked of the service, which goes on without it.
 *
 * Speaks over the channel that `Bun.spawn` opens: one `SubscribeRequest` in, `SubscriberMessage`s out.
 */
import { lstatSync } from "node:fs";
import { basename } from "node:path";
import { isCode, isMarkdown } from "../../system/files/index.ts";
import { messageOf } from "../../system/index.ts";
import { dieWithParent } from "../../system/process/index.ts";

export interface SubscribeRequest {
  /** Absolute paths. */
  readonly folders: readonly string[];
  readonly ignore: readonly string[];
  /** Whether a source is for code, whose changes matter then as well. */
  readonly code: boolean;
}

export type SubscriberMessage =
  /** Every folder was tried; changes in those that did not fail are told from now on. */
  | { readonly kind: "ready"; readonly failed: readonly { folder: string; reason: string }[] }
  /**
   * Something that may matter has changed. `folders`: folders have appeared, and what is below them may not be
   * followed yet.
   */
  | { readonly kind: "changed"; readonly folders: boolean }
  /** The folder is not followed any more, and changes may have been missed. */
  | { readonly kind: "lost"; readonly folder: string; readonly reason: string | undefined };

interface WatchEvent {
  readonly type: "create" | "update" | "delete";
  readonly path: string;
}

function tell(message: SubscriberMessage): void {
  process.send?.(message);
}

async function subscribeAll({ folders, ignore, code }: SubscribeRequest): Promise<void> {
  isDocument = code ? (path) => isMarkdown(path) || isCode(path) : isMarkdown;
  const obstacle = await obstacleToInotify();
  const failed: { folder: string; reason: string }[] = [];
  for (const folder of folders) {
    const reason = obstacle ?? (await subscribeTo(folder, ignore));
    if (reason !== undefined) failed.push({ folder, reason });
  }
  tell({ kind: "ready", failed });
}

/** Why the folder cannot be followed; undefined when it is. */
async function subscribeTo(folder: string, ignore: readonly string[]): Promise<string | undefined> {
  try {
    const { subscribe } = await import("@parcel/watcher");
    await subscribe(folder, (error, events) => receive(folder, error, events), { ignore: [...ignore] });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function receive(folder: string, error: Error | null, events: readonly WatchEvent[]): void {
  // A folder that was moved away is no longer followed, even if the same folder is back before anybody looks.
  const moved = events.some(({ type, path }) => type === "delete" && path === folder);
  if (error !== null || moved) {
    tell({ kind: "lost", folder, reason: error?.message });
    return;
  }
  const created = events.filter(({ type }) => type === "create").map(({ path }) => kindOf(path));
  const folders = created.includes("folder");
  // What is gone again may have taken something with it, or left something in its place.
  if (folders || created.includes("gone") || events.some(mayMatter)) tell({ kind: "changed", folders });
}

/** As far as a name tells. */
let isDocument: (path: string) => boolean = isMarkdown;

/** Whether an event may be about documents. Folders go whole, with one event for all that is in them. */
function mayMatter({ type, path }: WatchEvent): boolean {
  return isDocument(path) || basename(path) === ".gitignore" || type === "delete";
}

function kindOf(path: string): "folder" | "file" | "gone" {
  try {
    return lstatSync(path).isDirectory() ? "folder" : "file";
  } catch {
    return "gone";
  }
}

const IN_NONBLOCK_CLOEXEC = 0o2004000;

/** The native code waits for ever where it gets no inotify instance, so that one is asked for beforehand. */
async function obstacleToInotify(): Promise<string | undefined> {
  if (process.platform !== "linux") return undefined;
  try {
    const { dlopen } = await import("bun:ffi");
    const { symbols } = dlopen("libc.so.6", {
      inotify_init1: { args: ["i32"], returns: "i32" },
      close: { args: ["i32"], returns: "i32" },
    });
    const descriptor = symbols.inotify_init1(IN_NONBLOCK_CLOEXEC);
    if (descriptor < 0) {
      return "the system has no inotify instance left for this user (fs.inotify.max_user_instances)";
    }
    symbols.close(descriptor);
    return undefined;
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  dieWithParent();
  process.on("disconnect", () => process.exit());
  process.on("message", (request: SubscribeRequest) => void subscribeAll(request));
}
