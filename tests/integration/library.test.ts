/** The library, as a program of somebody else's uses it: by the package's name, in a process of its own. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { TempFolder } from "../helpers/temp-folder.ts";

const REPOSITORY = join(import.meta.dir, "../..");

/** Ten lines. */
const PROGRAM = `
import { AmalfaError, openProject } from "amalfa";
await using notes = await openProject(process.argv.at(-1));
const { documents } = await notes.ingest();
const { results } = await notes.search("where is the spare key");
const { text } = await notes.read(results[0].id);
const { outgoing } = await notes.explore("house.md");
const { ok } = await notes.doctor({ checks: ["graph.edges", "graph.drift"] });
const refused = await notes.read("nothing.md").catch((error) => error instanceof AmalfaError && error.code);
console.log(JSON.stringify({ added: documents.added, first: results[0].id, text, ok, refused }));
`;

test("a program of ten lines ingests, searches, reads, explores and diagnoses", async () => {
  using notes = new TempFolder();
  notes.write({
    "house.md": "# The house\n\nThe spare key lies under the third flower pot. See [garden](garden.md).\n",
    "garden.md": "# The garden\n\nTomatoes want sun, and water in the evening.\n",
  });
  const child = Bun.spawn([process.execPath, "-e", PROGRAM, notes.path], {
    cwd: REPOSITORY,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(errors).toBe("");
  expect(await child.exited).toBe(0);
  expect(JSON.parse(output)).toEqual({
    added: 2,
    first: "house.md",
    text: "# The house\n\nThe spare key lies under the third flower pot. See [garden](garden.md).",
    ok: true,
    refused: "document.unknown",
  });
}, 300_000);
