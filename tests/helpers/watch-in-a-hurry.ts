/**
 * The watcher of a project as its command runs it, with a day's comparisons and looks in minutes. Answers each line on
 * stdin with the memory that it has after a collection, in bytes.
 *
 *     bun watch-in-a-hurry.ts ROOT
 */
import { createInterface } from "node:readline";
import { runWatcher } from "../../src/composition.ts";
import { loadProject, MODELS } from "../../src/project/index.ts";

const [root = "."] = process.argv.slice(2);
const reload = () => loadProject({ root, cwd: root, models: MODELS });
const stop = new AbortController();
const lines = createInterface({ input: process.stdin });
lines.on("line", () => {
  Bun.gc(true);
  console.log(process.memoryUsage.rss());
});
lines.on("close", () => stop.abort());
console.log("started");
await runWatcher(await reload(), {
  signal: stop.signal,
  reload,
  times: {
    retryMs: 20,
    longestRetryMs: 100,
    compareEveryMs: 100,
    compareUnfollowedEveryMs: 50,
    compareTickMs: 10,
    lookEveryMs: 10,
  },
});
process.exit();
