/** What a search does while the vector of its query is computed elsewhere. */
import { expect, test } from "bun:test";
import { FreshnessGuard } from "../../../src/knowledge/freshness/guard.ts";
import { GraphReader } from "../../../src/knowledge/graph-reader.ts";
import type { QueryEmbedding } from "../../../src/knowledge/nearest-sentence.ts";
import { searchDocuments } from "../../../src/knowledge/search-documents.ts";
import { loadProject } from "../../../src/project/load.ts";
import { AmalfaError } from "../../../src/system/index.ts";
import { openFixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";
import { GRAPH } from "../../helpers/project-files.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const TEXT = "Kitchen scraps and dry leaves, turned weekly.";

async function projectWithGraph(folder: TempFolder) {
  folder.write({ "compost.md": `${TEXT}\n`, ".amalfa/.gitignore": "*\n" });
  {
    using db = openFixtureGraph(folder.join(GRAPH));
    writeFixture(db, [{ id: "compost.md", texts: [TEXT] }]);
  }
  return loadProject({ root: folder.path, cwd: folder.path });
}

const REQUEST = { query: "kitchen scraps", mode: "hybrid", limit: 5 } as const;

test("the words are found before the vector is there, and a model that fails fails the search", async () => {
  using folder = new TempFolder();
  const project = await projectWithGraph(folder);
  using reader = new GraphReader(project);
  const uses: string[] = [];
  const use = <T>(work: (reader: GraphReader) => T): T => {
    uses.push("graph");
    return work(reader);
  };
  const openEmbedder = () => Promise.reject(new Error("nothing is to be embedded"));
  const guard = new FreshnessGuard({ project, refresh: false, use, openEmbedder });
  const vector = Promise.withResolvers<Float32Array>();
  const embed = (async () => await vector.promise) as unknown as QueryEmbedding;
  const asked = searchDocuments(project, { guard, use }, embed, REQUEST);
  // Is there a vector at all, how do files and graph compare, and the words.
  while (uses.length < 3) await Bun.sleep(1);
  uses.length = 0;
  vector.resolve(unitVector(TEXT));
  const { results } = await asked;
  expect(results.map(({ id }) => id)).toEqual(["compost.md"]);
  expect(uses.length).toBeGreaterThan(0);

  const failing = searchDocuments(
    project,
    { guard, use },
    () => Promise.reject(new Error("no model")),
    REQUEST,
  );
  await expect(failing).rejects.toThrow("no model");
  const damaged = new AmalfaError("model.damaged", "The model is damaged.");
  await expect(
    searchDocuments(project, { guard, use }, () => Promise.reject(damaged), REQUEST),
  ).rejects.toMatchObject({
    code: "model.damaged",
    hint: `${damaged.hint} Until then, search with --mode lexical: that needs no model.`,
  });
});
