/** What the file system tells of a file besides its size and time: enough to look again, never a change by itself. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, renameSync, rmSync, utimesSync } from "node:fs";
import { amalfaJson, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { graphQuery } from "../helpers/notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const LONG_AGO = new Date("2020-01-01T00:00:00Z");

function stamped(folder: TempFolder, name: string, text: string): void {
  folder.write({ [name]: text });
  utimesSync(folder.join(name), LONG_AGO, LONG_AGO);
}

async function driftOf(folder: TempFolder): Promise<object> {
  const { document } = await amalfaJson<{ drift: object }>(["stats"], { cwd: folder.path });
  return document.drift;
}

test("a file that was replaced by one of the same size and time is read again", async () => {
  using folder = new TempFolder();
  stamped(folder, "plan.md", "# Plan\n\nThe server is alpha.\n");
  await init(folder);
  stamped(folder, "new.md", "# Plan\n\nThe server is gamma.\n");
  renameSync(folder.join("new.md"), folder.join("plan.md"));
  expect(await driftOf(folder)).toMatchObject({ added: 0, changed: 1, removed: 0 });
  expect((await init(folder)).document.documents).toMatchObject({ changed: 1, unchanged: 0 });
  expect(graphQuery<{ text: string }>(folder, "SELECT text FROM chunks")[0]?.text).toContain("gamma");
});

test("other permissions, and a copy in the place of the file, are no drift and no change", async () => {
  using folder = new TempFolder();
  stamped(folder, "plan.md", "# Plan\n\nThe server is alpha.\n");
  await init(folder);
  chmodSync(folder.join("plan.md"), 0o600);
  expect(await driftOf(folder)).toMatchObject({ added: 0, changed: 0, removed: 0 });
  stamped(folder, "copy.md", "# Plan\n\nThe server is alpha.\n");
  rmSync(folder.join("plan.md"));
  renameSync(folder.join("copy.md"), folder.join("plan.md"));
  expect(await driftOf(folder)).toMatchObject({ added: 0, changed: 0, removed: 0 });
  expect((await init(folder)).document.documents).toMatchObject({ changed: 0, unchanged: 1 });
});

test("a document that iCloud has taken off the disk stays in the graph, and is named", async () => {
  using folder = new TempFolder();
  folder.write({ "a.md": "# A\n", "b.md": "# B\n" });
  await init(folder);
  rmSync(folder.join("b.md"));
  folder.write({ ".b.md.icloud": "placeholder" });
  expect(await driftOf(folder)).toMatchObject({ removed: 0 });
  const { status, document } = await init(folder);
  expect(status).toBe(3);
  expect(document.documents).toMatchObject({
    removed: 0,
    failed: [{ path: "b.md", error: "is in the cloud and not on this disk" }],
  });
  expect(graphQuery(folder, "SELECT id FROM nodes")).toHaveLength(2);
});
