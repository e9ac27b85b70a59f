/** The watcher: ingests what changes. */
export { Watcher, type WatcherTimes } from "./watcher.ts";
