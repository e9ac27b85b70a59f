/**
 * Clients that others have written: the official inspector's command line, and the official clients of both eras, each
 * over every way to the server. With `check:full` only, since the inspector is installed for it.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import {
  Client as LaterClient,
  StreamableHTTPClientTransport as LaterHttp,
} from "@modelcontextprotocol/client";
import { StdioClientTransport as LaterStdio } from "@modelcontextprotocol/client/stdio";
import { Client as EarlierClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as EarlierStdio } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as EarlierHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CLI, init } from "../helpers/amalfa.ts";
import { installClients } from "../helpers/clients-of-others.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { notesFolder } from "../helpers/notes.ts";
import { hasGraphOpen } from "../helpers/open-graph.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";

setDefaultTimeout(600_000);

let inspector: string;
let folder: TempFolder;
let server: HttpServer;
const env = () => ({ ...(process.env as Record<string, string>), XDG_STATE_HOME: folder.join(".state") });
const command = (...flags: string[]) => [CLI, "--root", folder.path, "serve", ...flags];

beforeAll(async () => {
  inspector = join(installClients(), "@modelcontextprotocol/inspector/clients/launcher/build/index.js");
  folder = notesFolder();
  await init(folder);
  server = await HttpServer.start(folder.path, { args: ["--allow-write"] });
  await server.ready();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const WAYS = ["on stdin and stdout", "over HTTP"] as const;

describe.each(WAYS)("the official inspector %s", (way) => {
  const target = () =>
    way === "over HTTP"
      ? [`${server.url}/mcp`, "--transport", "http", "--header", `Authorization: Bearer ${server.token}`]
      : [process.execPath, ...command("--alone", "--allow-write")];

  // biome-ignore lint/suspicious/noExplicitAny: whatever the inspector prints, for a test to look into
  async function inspect(...args: string[]): Promise<any> {
    const child = Bun.spawn([process.execPath, inspector, "--cli", ...target(), ...args], {
      env: { ...env(), MCP_CATALOG_PATH: folder.join(".state/inspector.json") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, status] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    expect({ args, status, stderr: status === 0 ? "" : stderr }).toEqual({ args, status: 0, stderr: "" });
    return JSON.parse(stdout);
  }

  const CALLS: Readonly<Record<string, readonly string[]>> = {
    search_documents: ["query=compost", "mode=lexical"],
    read_node_content: ["id=soil/compost.md"],
    read_documents: ['ids=["soil/compost.md","soil/worms.md"]'],
    explore_links: ["id=soil/compost.md"],
    find_gaps: ["limit=3"],
    list_directory_structure: [],
    recent_changes: ["limit=2"],
    list_tags: [],
    inject_tags: ["file_path=soil/worms.md", 'tags=["inspected"]'],
    refresh: [],
    health: [],
    write_note: [`path=made/${way.replaceAll(" ", "-")}.md`, "text=# Made"],
    append_note: [`path=made/${way.replaceAll(" ", "-")}.md`, "text=And more."],
  };

  test("lists everything, and finds no fault with the tools", async () => {
    const { tools } = await inspect("--method", "tools/list", "--strict");
    expect(tools.map(({ name }: { name: string }) => name).sort()).toEqual(Object.keys(CALLS).sort());
    const { resources } = await inspect("--method", "resources/list");
    expect(JSON.stringify(resources)).toContain("amalfa://document/soil/compost.md");
    const { resourceTemplates } = await inspect("--method", "resources/templates/list");
    expect(resourceTemplates).toHaveLength(1);
    const { prompts } = await inspect("--method", "prompts/list");
    expect(prompts.map(({ name }: { name: string }) => name)).toContain("recall");
  });

  test("calls and reads everything", async () => {
    for (const [name, given] of Object.entries(CALLS)) {
      const args = given.length === 0 ? [] : ["--tool-arg", ...given];
      const result = await inspect("--method", "tools/call", "--tool-name", name, ...args);
      expect({ name, isError: result.isError ?? false }).toEqual({ name, isError: false });
      expect(result.content[0].text.length).toBeGreaterThan(0);
      expect(typeof result.structuredContent).toBe("object");
    }
    for (const uri of ["amalfa://document/soil/compost.md", "amalfa://stats/summary"]) {
      const { contents } = await inspect("--method", "resources/read", "--uri", uri);
      expect(contents[0].text.length).toBeGreaterThan(0);
    }
    const prompt = ["--method", "prompts/get", "--prompt-name", "recall", "--prompt-args", "topic=compost"];
    expect(JSON.stringify((await inspect(...prompt)).messages)).toContain("compost");
  });
});

describe.each([...WAYS, "through a bridge"] as const)("the official clients %s", (way) => {
  const stdio = () => ({
    command: process.execPath,
    args: command(...(way === "through a bridge" ? [] : ["--alone"])),
    env: env(),
    stderr: "ignore" as const,
  });
  const url = () => new URL(`${server.url}/mcp`);
  const requestInit = () => ({ headers: { authorization: `Bearer ${server.token}` } });

  test("of 1.x", async () => {
    const client = new EarlierClient({ name: "earlier", version: "1" });
    const transport =
      way === "over HTTP"
        ? new EarlierHttp(url(), { requestInit: requestInit() })
        : new EarlierStdio(stdio());
    // The package's own types do not agree with each other on what may be undefined.
    await client.connect(transport as Parameters<typeof client.connect>[0]);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("search_documents");
    const found = await client.callTool({
      name: "search_documents",
      arguments: { query: "compost", limit: 1 },
    });
    expect(found.structuredContent).toMatchObject({ results: [{ id: "soil/compost.md" }] });
    const { resources } = await client.listResources();
    expect(resources.length).toBeGreaterThan(5);
    const read = await client.readResource({ uri: "amalfa://document/soil/compost.md" });
    expect(JSON.stringify(read.contents)).toContain("ompost");
    const prompt = await client.getPrompt({ name: "recall", arguments: { topic: "compost" } });
    expect(JSON.stringify(prompt)).toContain("compost");
    const completed = await client.complete({
      ref: { type: "ref/resource", uri: "amalfa://document/{+id}" },
      argument: { name: "id", value: "soil/c" },
    });
    expect(completed.completion.values).toContain("soil/compost.md");
    await client.ping();
    if (transport instanceof EarlierStdio && way === "through a bridge")
      expect(hasGraphOpen(transport.pid ?? 0)).toBe(false);
    await client.close();
  });

  test.each(["legacy", "auto", { pin: "2026-07-28" }] as const)("of 2.x (%o)", async (mode) => {
    const client = new LaterClient({ name: "later", version: "2" }, { versionNegotiation: { mode } });
    const transport =
      way === "over HTTP" ? new LaterHttp(url(), { requestInit: requestInit() }) : new LaterStdio(stdio());
    await client.connect(transport);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("search_documents");
    const found = await client.callTool({
      name: "search_documents",
      arguments: { query: "compost", limit: 1 },
    });
    expect(found.structuredContent).toMatchObject({ results: [{ id: "soil/compost.md" }] });
    expect((await client.listResources()).resources.length).toBeGreaterThan(5);
    const { contents } = await client.readResource({ uri: "amalfa://document/soil/compost.md" });
    expect(JSON.stringify(contents)).toContain("ompost");
    const { messages } = await client.getPrompt({ name: "recall", arguments: { topic: "compost" } });
    expect(JSON.stringify(messages)).toContain("compost");
    await client.close();
  });
});
