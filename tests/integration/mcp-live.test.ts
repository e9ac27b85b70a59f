/** The server beside everything else that happens to a project. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bunFlags } from "../../bin/bun-flags.js";
import { amalfa, CLI, startAmalfa } from "../helpers/amalfa.ts";
import { REAL_MODEL, useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient, RawServer } from "../helpers/mcp.ts";
import { notesFolder } from "../helpers/notes.ts";
import { GRAPH, removeDatabase, removeLog, SETTINGS } from "../helpers/project-files.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

const BUN_FLAGS = bunFlags(join(import.meta.dir, "../../bin"));

setDefaultTimeout(300_000);

const ready = useReadyNotes();
const project = () => ready.copy();

async function titlesOf(mcp: McpClient, query: string): Promise<string[]> {
  const { body } = await mcp.call("search_documents", { query, mode: "lexical" });
  return ((body.results ?? []) as { title: string }[]).map(({ title }) => title);
}

test("right after a tool has written a file, health takes the graph for behind, and nothing for wrong", async () => {
  using folder = project();
  await using mcp = await McpClient.connect(folder.path);
  await mcp.call("inject_tags", { file_path: "soil/compost.md", tags: ["heap"] });
  const { text } = await mcp.call("health");
  expect(text).toStartWith("The graph has to be brought up to date with the files; nothing else is wrong.");
  expect(text).toContain("Next: call refresh.");
  await titlesOf(mcp, "compost");
  expect((await mcp.call("health")).text).toStartWith("The memory is in order.");
  // What is wrong besides is not hidden by it.
  await mcp.call("inject_tags", { file_path: "soil/compost.md", tags: ["soil"] });
  folder.write({ ".amalfa/runtime/daemon.pid": "none" });
  expect((await mcp.call("health")).text).toStartWith("Something is wrong.");
});

test("it starts, answers and ends before any model is loaded, and starts nothing else", async () => {
  using folder = project();
  await using server = new RawServer(folder.path, { env: REAL_MODEL });
  await server.initialize();
  server.call(1, "read_node_content", { id: "compost.md" });
  await server.answer(1);
  const { pid } = server.process;
  const children = Bun.spawnSync(["ps", "-o", "pid=", "--ppid", String(pid)])
    .stdout.toString()
    .trim();
  expect(children).toBe("");
  expect(readdirSync(folder.join(".amalfa/runtime")).filter((name) => name.endsWith(".pid"))).toEqual([
    `mcp-${pid}.pid`,
  ]);
  if (existsSync(`/proc/${pid}/maps`)) expect(await hasRuntime(pid)).toBe(false);
});

async function hasRuntime(pid: number): Promise<boolean> {
  return (await Bun.file(`/proc/${pid}/maps`).text()).includes("onnxruntime");
}

test("the model is loaded once the tools were asked for, and not for a graph without vectors", async () => {
  if (!existsSync("/proc/self/maps")) return;
  using folder = project();
  // Connecting asks for the tools.
  await using mcp = await McpClient.connect(folder.path, REAL_MODEL);
  await until(() => hasRuntime(mcp.pid), { what: "the model" });
  using empty = new TempFolder().write({ "notes.txt": "no document" });
  expect((await amalfa(["init"], { cwd: empty.path })).status).toBe(0);
  await using other = await McpClient.connect(empty.path, REAL_MODEL);
  // What is answered now comes after the model would have begun to load.
  await other.call("search_documents", { query: "anything" });
  expect(await hasRuntime(other.pid)).toBe(false);
});

test("it shows what init and rebuild bring, without a restart", async () => {
  using folder = notesFolder();
  expect((await amalfa(["init"], { cwd: folder.path, env: REAL_MODEL })).status).toBe(0);
  await using mcp = await McpClient.connect(folder.path, REAL_MODEL);
  expect(await titlesOf(mcp, "zucchini")).toEqual([]);
  folder.write({ "crops/zucchini.md": "# Zucchini\n\nZucchini grow fast.\n" });
  expect((await amalfa(["init"], { cwd: folder.path, env: REAL_MODEL })).status).toBe(0);
  expect(await titlesOf(mcp, "zucchini")).toEqual(["Zucchini"]);
  const semantic = await mcp.call("search_documents", {
    query: "fast growing squash",
    mode: "semantic",
    limit: 1,
  });
  expect(semantic.body.results).toMatchObject([{ id: "crops/zucchini.md" }]);
  rmSync(folder.join("crops/zucchini.md"));
  expect((await amalfa(["rebuild"], { cwd: folder.path })).status).toBe(0);
  expect(await titlesOf(mcp, "zucchini")).toEqual([]);
});

test("it answers while init works beside it, always from one whole state", async () => {
  using folder = project();
  await using mcp = await McpClient.connect(folder.path);
  for (let n = 0; n < 30; n++)
    folder.write({ [`batch/${n}.md`]: `# Batch ${n}\n\nAbout gooseberries, part ${n}.\n` });
  const init = startAmalfa(["init"], { cwd: folder.path });
  const counts = new Set<number>();
  let done = false;
  void init.exited.then(() => {
    done = true;
  });
  while (!done)
    counts.add((await mcp.call("list_directory_structure", { depth: 1 })).body.documents as number);
  counts.add((await mcp.call("list_directory_structure", { depth: 1 })).body.documents as number);
  expect([...counts].sort((a, b) => a - b)).toEqual([5, 35]);
});

describe("a database that cannot be used gives errors that name the tool to call, and the server stays up", () => {
  test("missing from the start, then made", async () => {
    using folder = notesFolder();
    await using mcp = await McpClient.connect(folder.path);
    for (const [tool, args] of [
      ["search_documents", { query: "compost" }],
      ["read_node_content", { id: "README.md" }],
      ["explore_links", { id: "README.md" }],
      ["find_gaps", {}],
      ["list_directory_structure", {}],
    ] as const) {
      const { isError, body } = await mcp.call(tool, args);
      expect(isError).toBe(true);
      expect(body).toMatchObject({ code: "database.missing" });
      expect(body.hint).toStartWith("Call refresh");
    }
    const { body } = await mcp.call("health");
    const check = (body.checks as { id: string; status: string; findings: unknown[] }[]).find(
      ({ id }) => id === "db.open",
    );
    expect(check?.status).not.toBe("ok");
    expect(JSON.stringify(check?.findings)).toContain("amalfa init");
    expect((await mcp.client.listResources()).resources.map(({ uri }) => uri)).toEqual([
      "amalfa://stats/summary",
    ]);
    cpSync(ready.folder.join(GRAPH), folder.join(GRAPH));
    expect(await titlesOf(mcp, "compost")).not.toEqual([]);
  });

  test("removed while in use, then another one in its place", async () => {
    using folder = project();
    await using mcp = await McpClient.connect(folder.path);
    expect(await titlesOf(mcp, "compost")).not.toEqual([]);
    removeDatabase(folder.join(GRAPH));
    expect((await mcp.call("find_gaps")).body).toMatchObject({ code: "database.missing" });
    folder.write({ "crops/kohlrabi.md": "# Kohlrabi\n\nNew here.\n" });
    expect((await amalfa(["init"], { cwd: folder.path })).status).toBe(0);
    expect(await titlesOf(mcp, "kohlrabi")).toEqual(["Kohlrabi"]);
  });

  test("replaced by another graph under the same name", async () => {
    using folder = project();
    using other = project();
    const fennel = { "crops/fennel.md": "# Fennel\n\nElsewhere.\n" };
    other.write(fennel);
    // The file is there, and this server brings nothing in by itself: what finds it is the other graph.
    folder.write({ ...fennel, [SETTINGS]: JSON.stringify({ search: { refresh: false } }) });
    expect((await amalfa(["init"], { cwd: other.path })).status).toBe(0);
    await using mcp = await McpClient.connect(folder.path);
    expect(await titlesOf(mcp, "fennel")).toEqual([]);
    removeLog(folder.join(GRAPH));
    renameSync(other.join(GRAPH), folder.join(GRAPH));
    expect(await titlesOf(mcp, "fennel")).toEqual(["Fennel"]);
  });

  test.each([
    ["no database at all", "this is not a database, ".repeat(500), "database.damaged", "health"],
    ["an empty file", "", "database.missing", "refresh"],
  ])("overwritten: %s", async (_, content, code, command) => {
    using folder = project();
    await using mcp = await McpClient.connect(folder.path);
    expect(await titlesOf(mcp, "compost")).not.toEqual([]);
    removeLog(folder.join(GRAPH));
    writeFileSync(folder.join(GRAPH), content);
    for (const [tool, args] of [
      ["search_documents", { query: "compost" }],
      ["find_gaps", {}],
    ] as const) {
      const { isError, body } = await mcp.call(tool, args);
      expect(isError).toBe(true);
      expect(body).toMatchObject({ code });
      expect(body.hint).toContain(command);
    }
    expect((await mcp.call("health")).body).toMatchObject({ ok: false });
    cpSync(ready.folder.join(GRAPH), folder.join(GRAPH));
    expect(await titlesOf(mcp, "compost")).not.toEqual([]);
  });

  test("locked against readers, then free again", async () => {
    using folder = project();
    await using mcp = await McpClient.connect(folder.path);
    const db = new Database(folder.join(GRAPH));
    // The server reads the graph on its own account while it starts.
    db.run("PRAGMA busy_timeout = 30000");
    db.run("PRAGMA locking_mode = EXCLUSIVE");
    db.run("BEGIN EXCLUSIVE");
    const { isError, body } = await mcp.call("search_documents", { query: "compost" });
    expect(isError).toBe(true);
    expect(body).toMatchObject({ code: "database.busy" });
    expect(body.hint).toContain("health names the process");
    db.run("ROLLBACK");
    db.close();
    expect(await titlesOf(mcp, "compost")).not.toEqual([]);
  });

  test("made with another model than the one that is configured: it is asked by the one that made it", async () => {
    using folder = project();
    folder.write({ [SETTINGS]: JSON.stringify({ embeddings: { model: "all-MiniLM-L6-v2-128" } }) });
    await using mcp = await McpClient.connect(folder.path);
    const { body } = await mcp.call("search_documents", { query: "compost", mode: "semantic" });
    expect((body.results as unknown[]).length).toBeGreaterThan(0);
    expect(await titlesOf(mcp, "compost")).not.toEqual([]);
  });
});

test("it serves a project that it may not write to", async () => {
  using folder = project();
  rmSync(folder.join(".amalfa/runtime"), { recursive: true });
  folder.write({ ".amalfa/runtime": "no folder" });
  await using mcp = await McpClient.connect(folder.path);
  expect(await titlesOf(mcp, "compost")).not.toEqual([]);
});

test("it can be started from any directory with what setup-mcp prints", async () => {
  using folder = project();
  const { stdout } = await amalfa(["setup-mcp", "--client", "claude-code", "--json"], { cwd: folder.path });
  const { server } = JSON.parse(stdout) as { server: { command: string; args: string[] } };
  expect(server.args).toEqual([...BUN_FLAGS, CLI, "--root", folder.path, "serve"]);
  const ping = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" })}\n`;
  const child = Bun.spawn([server.command, ...server.args], {
    cwd: "/",
    env: {},
    stdin: new Blob([ping]),
    stdout: "pipe",
  });
  expect(JSON.parse(await new Response(child.stdout).text())).toEqual({ jsonrpc: "2.0", id: 1, result: {} });
});
