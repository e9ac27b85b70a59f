/** The place where models are prepared: one process at a time, and nothing of the next one is taken away. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, watch } from "node:fs";
import { inWorkshop } from "../../../src/maintenance/models/folder.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";
import { until } from "../../helpers/until.ts";

const models = new TempFolder();
const before = process.env.AMALFA_MODELS;

beforeAll(() => {
  process.env.AMALFA_MODELS = models.path;
});
afterAll(() => {
  if (before === undefined) delete process.env.AMALFA_MODELS;
  else process.env.AMALFA_MODELS = before;
  models[Symbol.dispose]();
});

test.skipIf(process.platform !== "linux")(
  "a folder that was not used goes before the lock on it does, since the next holder makes its own",
  async () => {
    const workshop = models.join(".amalfa-incoming");
    mkdirSync(models.join(".amalfa-incoming/other"), { recursive: true });
    const seen: (string | null)[] = [];
    // The system tells of what happens in the folder in the order in which it happened.
    using _ = watching(workshop, seen);
    const options = { signal: new AbortController().signal, onWait: () => {} };
    await inWorkshop("small", options, async () => {
      await until(() => seen.includes("small"));
      seen.length = 0;
    });
    await until(() => seen.includes("small") && seen.includes(".small.lock"));
    expect(seen.lastIndexOf("small")).toBeLessThan(seen.lastIndexOf(".small.lock"));
  },
);

function watching(folder: string, seen: (string | null)[]): Disposable {
  const watcher = watch(folder, (_, name) => void seen.push(name));
  return { [Symbol.dispose]: () => watcher.close() };
}
