/** The watcher: ingests what changes. */
export { Watcher } from "./watcher.ts";
