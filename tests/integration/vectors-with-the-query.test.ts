/** I13: a search that loads the model for its query has it compute what was written a moment ago as well. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { amalfaJson, init } from "../helpers/amalfa.ts";
import { type Found, ids } from "../helpers/freshness.ts";
import { graphDigest } from "../helpers/graph-rows.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { GRAPH } from "../helpers/project-files.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();
setDefaultTimeout(300_000);
const ingested = useReadyNotes();

async function search(folder: TempFolder, query: string, ...flags: string[]): Promise<Found> {
  return (await amalfaJson<Found>(["search", ...flags, query], { cwd: folder.path })).document;
}

const NOTES = 20;
const MORE_THAN_FEW = 65;

function written(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`new/n${at}.md`, `# Quagga ${at}\n\nIt has ${at} stripes.\n`]),
  );
}

describe("vectors of new notes", () => {
  test("come in the same call where the query is a new one, and the graph is as after an ingest", async () => {
    using folder = ingested.copy();
    folder.write(written(NOTES));
    const found = await search(folder, "an animal with stripes", "--mode", "semantic", "--limit", "100");
    expect(found.freshness).toEqual({ state: "refreshed", added: NOTES, changed: 0, removed: 0 });
    expect(found.pending).toBeUndefined();
    expect(ids(found).filter((id) => id.startsWith("new/"))).toHaveLength(NOTES);
    const { document } = await init(folder);
    expect(document.embedding.texts).toBe(0);
    using fresh = folder.copy();
    await init(fresh, "--force");
    expect(graphDigest(folder.join(GRAPH))).toBe(graphDigest(fresh.join(GRAPH)));
  });

  test("come with the next new query where an earlier call left them", async () => {
    using folder = ingested.copy();
    folder.write(written(1));
    expect((await search(folder, "stripes", "--mode", "lexical")).pending?.chunks).toBe(1);
    expect((await search(folder, "an animal with stripes")).pending).toBeUndefined();
  });

  test("wait where the query has its vector already, since no model is loaded then", async () => {
    using folder = ingested.copy();
    await search(folder, "an animal with stripes");
    folder.write(written(1));
    expect((await search(folder, "an animal with stripes")).pending?.chunks).toBe(1);
  });

  test("wait where nothing is to be brought in", async () => {
    using folder = ingested.copy();
    folder.write(written(1));
    await search(folder, "stripes", "--mode", "lexical");
    expect((await search(folder, "an animal with stripes", "--no-refresh")).pending?.chunks).toBe(1);
  });

  test("wait for an ingest where they are many", async () => {
    using folder = ingested.copy();
    const sections = Array.from(
      { length: MORE_THAN_FEW },
      (_, at) => `# Part ${at}\n\n${"word ".repeat(200)}\n`,
    );
    folder.write({ "long.md": sections.join("\n") });
    expect((await search(folder, "an animal with stripes")).pending?.chunks).toBeGreaterThanOrEqual(
      MORE_THAN_FEW,
    );
  });

  test("come although the graph has no vector yet", async () => {
    using folder = new TempFolder();
    await init(folder);
    folder.write(written(1));
    await search(folder, "stripes", "--mode", "lexical");
    expect((await search(folder, "an animal with stripes")).pending).toBeUndefined();
  });
});
