import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, statSync } from "node:fs";
import { amalfa } from "../helpers/amalfa.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { notesFolder } from "../helpers/notes.ts";
import { hasGraphOpen } from "../helpers/open-graph.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

let state: TempFolder;
let first: TempFolder;
let second: TempFolder;
const env = () => ({ XDG_STATE_HOME: state.path });

beforeAll(async () => {
  state = new TempFolder();
  first = notesFolder();
  second = new TempFolder().write({ "other.md": "# Other\n\nA word of another project: oleander.\n" });
  for (const { path } of [first, second]) expect((await amalfa(["init"], { cwd: path })).status).toBe(0);
});

afterAll(() => {
  for (const folder of [state, first, second]) folder[Symbol.dispose]();
});

async function toolNames({ client }: McpClient): Promise<string[]> {
  return (await client.listTools()).tools.map(({ name }) => name);
}

async function search(client: McpClient, query: string): Promise<string[]> {
  const { isError, body } = await client.call("search_documents", { query, mode: "lexical" });
  expect(isError).toBe(false);
  return (body.results as { id: string }[]).map(({ id }) => id);
}

test("where a server of the user runs, serve on stdio passes on what it is asked, for any project", async () => {
  await using server = await HttpServer.start(first.path, { env: env() });
  await server.ready();
  const folder = state.join("amalfa/server");
  expect(statSync(folder).mode & 0o077).toBe(0);
  await using mine = await McpClient.connect(first.path, env());
  await using other = await McpClient.connect(second.path, env());
  expect(await search(mine, "tomatoes")).toContain("crops/tomatoes.md");
  expect(await search(other, "oleander")).toEqual(["other.md"]);
  expect(await search(other, "tomatoes")).toEqual([]);
  for (const { pid } of [mine, other]) expect(hasGraphOpen(pid)).toBe(false);
  const unknown = await mine.call("read_node_content", { id: "tomatos.md" });
  expect(unknown).toMatchObject({ isError: true, body: { code: "document.unknown" } });
});

test("when the server is killed in the middle of calls, each of them is answered by the bridge's own process", async () => {
  await using server = await HttpServer.start(first.path, { env: env() });
  await server.ready();
  await using client = await McpClient.connect(first.path, env());
  expect(await search(client, "tomatoes")).toContain("crops/tomatoes.md");
  const calls = Array.from({ length: 100 }, () => search(client, "cubic metre"));
  await Promise.race(calls);
  server.process.kill("SIGKILL");
  for (const found of await Promise.all(calls)) expect(found).toEqual(["soil/compost.md"]);
  expect(await search(client, "damp and dark")).toEqual(["soil/worms.md"]);
  expect(hasGraphOpen(client.pid)).toBe(true);
  // What the killed server has left behind does not keep the next one away, nor a client waiting.
  await using next = await HttpServer.start(first.path, { env: env() });
  await next.ready();
  await using again = await McpClient.connect(first.path, env());
  expect(await search(again, "tomatoes")).toContain("crops/tomatoes.md");
  expect(hasGraphOpen(again.pid)).toBe(false);
  const { pid } = again;
  await again.client.close();
  await until(() => !existsSync(`/proc/${pid}`), { what: "the end of the bridge with its client" });
});

test("a folder that others may enter proves nothing, and neither does a server of nobody", async () => {
  await using server = await HttpServer.start(first.path, { env: env() });
  await server.ready();
  chmodSync(state.join("amalfa/server"), 0o755);
  await using client = await McpClient.connect(first.path, env());
  expect(await search(client, "tomatoes")).toContain("crops/tomatoes.md");
  expect(hasGraphOpen(client.pid)).toBe(true);
});

test("a bridge offers and allows what it was started for, whatever its server was started with", async () => {
  await using server = await HttpServer.start(first.path, { args: ["--allow-write"], env: env() });
  await server.ready();
  for (const { path } of [first, second]) {
    await using client = await McpClient.connect(path, env());
    const names = await toolNames(client);
    expect(names).toContain("inject_tags");
    expect(names).not.toContain("write_note");
    const attempt = client.client.callTool({
      name: "write_note",
      arguments: { path: "made.md", text: "# Made\n" },
    });
    await expect(attempt).rejects.toThrow('There is no tool "write_note"');
    expect(existsSync(`${path}/made.md`)).toBe(false);
    expect(hasGraphOpen(client.pid)).toBe(false);
  }
  await using writer = await McpClient.connect(second.path, env(), undefined, ["--allow-write"]);
  expect(await toolNames(writer)).toContain("write_note");
});

test("a server that brings nothing in takes nothing from a bridge that does", async () => {
  await using server = await HttpServer.start(first.path, { args: ["--no-refresh"], env: env() });
  await server.ready();
  await using bridged = await McpClient.connect(first.path, env());
  await using still = await McpClient.connect(first.path, env(), undefined, ["--no-refresh"]);
  first.write({ "late.md": "# Late\n\nAn heirloom called quandong.\n" });
  const args = { query: "quandong", mode: "lexical" };
  expect((await still.call("search_documents", args)).body.results).toEqual([]);
  expect((await server.call("search_documents", args)).body.result.structuredContent.results).toEqual([]);
  expect(await search(bridged, "quandong")).toEqual(["late.md"]);
  expect(hasGraphOpen(bridged.pid)).toBe(false);
});
