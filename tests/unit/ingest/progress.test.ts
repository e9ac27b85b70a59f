import { expect, setDefaultTimeout, test } from "bun:test";
import { type IngestProgress, ingest } from "../../../src/ingest/ingest.ts";
import { loadProject } from "../../../src/project/load.ts";
import { projectEmbedder } from "../../helpers/embedding.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

setDefaultTimeout(300_000);

type ReadEvent = Extract<IngestProgress, { phase: "read" }>;

/** Ingests a folder, and returns copies of the events about its reading. */
async function ingestedWith(folder: TempFolder, mode: "incremental" | "force") {
  const project = await loadProject({ root: folder.path, cwd: folder.path });
  const events: ReadEvent[] = [];
  await using embedder = projectEmbedder(project, { workers: 1 });
  const onProgress = (event: IngestProgress): void => {
    if (event.phase === "read") events.push({ ...event });
  };
  const options = { project, embedder, mode, allowEmpty: false, dryRun: false, onProgress } as const;
  const { embedding } = await ingest(options);
  return { events, reported: embedding.hits };
}

test("progress counts hits of the cache as the report does: a text that was just computed is none", async () => {
  using folder = new TempFolder();
  // More than are read at a time, so that the text comes again after it was computed and stored.
  const files = Array.from({ length: 600 }, (_, place) => [`${place}.md`, "# The same\n\nIn every one.\n"]);
  folder.write(Object.fromEntries(files));
  const run = async (mode: "incremental" | "force") => {
    const { events, reported } = await ingestedWith(folder, mode);
    const hits = events.map((event) => event.hits);
    return { last: hits.at(-1), most: Math.max(...hits), reported };
  };
  expect(await run("incremental")).toEqual({ last: 0, most: 0, reported: 0 });
  expect(await run("force")).toEqual({ last: 1, most: 1, reported: 1 });
});

test("progress grows with each text that has its vector, and ends with all bytes", async () => {
  using folder = new TempFolder();
  const files = Array.from({ length: 20 }, (_, place) => [
    `${place}.md`,
    `# Note ${place}\n\nAbout ${place}.\n`,
  ]);
  folder.write(Object.fromEntries(files));
  const { events } = await ingestedWith(folder, "incremental");
  const steps = new Set(events.filter(({ computed }) => computed > 0).map(({ bytes }) => Math.round(bytes)));
  expect(steps.size).toBeGreaterThanOrEqual(20);
  expect(events.map(({ bytes }) => bytes)).toEqual(
    events.map(({ bytes }) => bytes).toSorted((a, b) => a - b),
  );
  expect(events.at(-1)?.bytes).toBe(events.at(-1)?.totalBytes);
});
