import { expect, setDefaultTimeout, test } from "bun:test";
import { loadProject } from "../../../src/config/load.ts";
import { createEmbedder } from "../../../src/embedding/embedder.ts";
import { type IngestProgress, ingest } from "../../../src/ingest/ingest.ts";
import { MODEL } from "../../helpers/embedding.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

setDefaultTimeout(60_000);

test("progress counts hits of the cache as the report does: a text that was just computed is none", async () => {
  using folder = new TempFolder();
  // More than are read at a time, so that the text comes again after it was computed and stored.
  const files = Array.from({ length: 600 }, (_, place) => [`${place}.md`, "# The same\n\nIn every one.\n"]);
  folder.write(Object.fromEntries(files));
  const project = await loadProject({ root: folder.path, cwd: folder.path });
  const run = async (mode: "incremental" | "force") => {
    const hits: number[] = [];
    await using embedder = createEmbedder({
      model: MODEL,
      cachePath: project.paths.vectorCache,
      modelsDirectory: project.paths.models,
      workers: 1,
      onWarning: () => {},
    });
    const onProgress = (event: IngestProgress) => {
      if (event.phase === "read") hits.push(event.hits);
    };
    const { embedding } = await ingest({
      project,
      embedder,
      mode,
      allowEmpty: false,
      dryRun: false,
      onProgress,
    });
    return { last: hits.at(-1), most: Math.max(...hits), reported: embedding.hits };
  };
  expect(await run("incremental")).toEqual({ last: 0, most: 0, reported: 0 });
  expect(await run("force")).toEqual({ last: 1, most: 1, reported: 1 });
});
