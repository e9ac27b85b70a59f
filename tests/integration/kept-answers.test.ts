import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, utimesSync } from "node:fs";
import { type OpenContext, openContext } from "../../src/mcp/context.ts";
import { answerOnce } from "../../src/mcp/kept-answers.ts";
import { answersFrom } from "../../src/mcp/server.ts";
import { loadProject } from "../../src/project/load.ts";
import { init } from "../helpers/amalfa.ts";
import { projectEmbedder } from "../helpers/embedding.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { NOTES, notesFolder } from "../helpers/notes.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();
setDefaultTimeout(300_000);

const OLD = new Date("2026-01-01");

let folder: TempFolder;
let open: OpenContext;

beforeAll(async () => {
  folder = notesFolder();
  for (const name of Object.keys(NOTES)) utimesSync(folder.join(name), OLD, OLD);
  // Files that were written less than 100 ms before they are read are read again before each answer.
  await Bun.sleep(150);
  await init(folder);
  const { path: root } = folder;
  const unused = () => Promise.reject(new Error("nobody asks for it"));
  const project = await loadProject({ root, cwd: root });
  const openEmbedder = async () => projectEmbedder(project);
  open = await openContext({
    project,
    openEmbedder,
    withDaemon: async () => undefined,
    refresh: true,
    health: unused,
    ingest: unused,
    allowWrite: false,
  });
});

afterAll(async () => {
  await open[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const call = (query: string, more: object = {}) => ({
  name: "search_documents",
  arguments: { query, mode: "lexical", ...more },
});

/** How often the answer had to be made. */
async function made(asked: ReturnType<typeof call>, times: number): Promise<number> {
  let count = 0;
  for (let n = 0; n < times; n++)
    await answerOnce(open.context, asked, (within) => {
      count++;
      return answersFrom(within).callTool(asked, new AbortController().signal);
    });
  return count;
}

const never = new AbortController().signal;
async function found(query: string): Promise<string[]> {
  const { result } = await answersFrom(open.context).callTool(call(query), never);
  const { results } = result.structuredContent as { results: { id: string }[] };
  return results.map(({ id }) => id);
}

test("the same search of the same files is made once, and each other one by itself", async () => {
  expect(await made(call("tomatoes"), 3)).toBe(1);
  expect(await made(call("tomatoes", { limit: 1 }), 2)).toBe(1);
  // What is younger than a day depends on the day.
  expect(await made(call("tomatoes", { since: "1d" }), 2)).toBe(2);
});

test("what was written, changed or removed since is found by the next one (I13)", async () => {
  expect(await found("metre")).toEqual(["soil/compost.md"]);
  expect(await made(call("metre"), 1)).toBe(0);
  folder.write({ "soil/rain.md": "# Rain\n\nA metre of rain a year.\n" });
  expect((await found("metre")).sort()).toEqual(["soil/compost.md", "soil/rain.md"]);
  folder.write({ "soil/rain.md": "# Rain\n\nA bucket of rain a year.\n" });
  expect(await found("metre")).toEqual(["soil/compost.md"]);
  rmSync(folder.join("soil/compost.md"));
  expect(await found("metre")).not.toContain("soil/compost.md");
});

test("settings that say which documents are templates are read again", async () => {
  const settings = ".obsidian/templates.json";
  expect(await made(call("beds"), 1)).toBe(1);
  folder.write({ [settings]: '{"folder":"plan"}' });
  expect(await made(call("beds"), 1)).toBe(1);
});
