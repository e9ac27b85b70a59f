/**
 * A process that searches one project over and over, as an MCP server does, until its stdin ends; then it says what
 * it saw. Arguments: the project root, the words that must not appear together in one answer, how many results each
 * answer must have.
 */

import { GraphReader } from "../../src/knowledge/graph-reader.ts";
import { searchWithVector } from "../../src/knowledge/search-documents.ts";
import { loadProject } from "../../src/project/load.ts";
import { findModel } from "../../src/project/models.ts";
import { projectEmbedder } from "../helpers/embedding.ts";

const [root = "", words = "", expected = ""] = process.argv.slice(2);
const states = words.split(",");
const project = await loadProject({ root, cwd: root });
const seen = { searches: 0, states: {} as Record<string, number>, failures: [] as string[] };
let over = false;
const ended = process.stdin.resume().on("end", () => {
  over = true;
});
await using embedder = projectEmbedder(project, { model: findModel(project.settings.model)! });
using lasting = new GraphReader(project);
while (!over) {
  // By turns as a server does, over one connection, and as the command does, over a new one.
  if (seen.searches % 2 === 0) await search(lasting);
  else {
    using fresh = new GraphReader(project);
    await search(fresh);
  }
  if (seen.searches % 10 === 0) process.stdout.write(`${seen.searches}\n`);
  await Bun.sleep(2);
}
ended.pause();
process.stdout.write(`${JSON.stringify(seen)}\n`);

async function search(reader: GraphReader): Promise<void> {
  seen.searches++;
  try {
    const request = { query: "what does this note say", mode: "hybrid", limit: 10 } as const;
    const results = searchWithVector(project, reader, request, await embedder.embed(request.query));
    const text = JSON.stringify(results);
    const present = states.filter((state) => text.includes(state));
    if (present.length !== 1) seen.failures.push(`states in one answer: ${present.join(" and ") || "none"}`);
    if (results.length !== Number(expected)) seen.failures.push(`${results.length} results`);
    seen.states[present[0] ?? "none"] = (seen.states[present[0] ?? "none"] ?? 0) + 1;
  } catch (error) {
    seen.failures.push(String(error));
  }
}
