import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { statSync } from "node:fs";
import { connect } from "node:net";
import { amalfa, amalfaJson } from "../helpers/amalfa.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { notesFolder } from "../helpers/notes.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

let folder: TempFolder;
let server: HttpServer;

beforeAll(async () => {
  folder = notesFolder();
  const { status, stderr } = await amalfa(["init"], { cwd: folder.path });
  if (status !== 0) throw new Error(stderr);
  server = await HttpServer.start(folder.path, { args: ["--workers", "2"] });
  await server.ready();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const ping = { jsonrpc: "2.0", id: 1, method: "ping" };

test("a port that is taken, or an address without a token, ends the server at once and leaves nothing running", async () => {
  using other = notesFolder();
  const port = String(new URL(server.url).port);
  const taken = await amalfa(["serve", "--http", `127.0.0.1:${port}`], { cwd: other.path });
  expect(taken.status).toBe(1);
  expect(taken.stderr).toEndWith(
    `Port ${port} of 127.0.0.1 cannot be listened on: it is in use.\n` +
      "  Name another port; `--http 127.0.0.1:0` takes any that is free.\n",
  );
  const open = await amalfa(["serve", "--http", "0.0.0.0:0"], { cwd: other.path });
  expect(open.stderr).toContain("has no token");
  const { document } = await amalfaJson<{ services: { state: string }[] }>(["servers"], { cwd: other.path });
  expect(document.services.filter(({ state }) => state !== "stopped")).toEqual([]);
});

describe("who may ask", () => {
  test("nobody without the token, which is the user's alone to read", async () => {
    for (const authorization of ["", "Bearer", "Bearer wrong", "Basic d3Jvbmc6", `bearer${server.token}`]) {
      const { status, headers } = await server.post(ping, { authorization });
      expect([authorization, status]).toEqual([authorization, 401]);
      expect(headers.get("www-authenticate")).toContain("Bearer");
    }
    expect((await server.post(ping)).status).toBe(200);
    expect(statSync(folder.join(".amalfa/runtime/server-token")).mode & 0o077).toBe(0);
    expect(server.stderr).toContain(server.token);
  });

  test("a token that is not valid is told from none at all, and never said", async () => {
    const wrong = "wrong-0123456789";
    for (const [authorization, said, header] of [
      ["", "A token is needed", 'Bearer realm="amalfa"'],
      [`Bearer ${wrong}`, "This token is not valid", 'Bearer realm="amalfa", error="invalid_token"'],
    ] as const) {
      const response = await fetch(`${server.url}/mcp`, { method: "POST", headers: { authorization } });
      const body = await response.text();
      expect(body).toContain(said);
      expect(body).not.toContain(wrong);
      expect(response.headers.get("www-authenticate")).toBe(header);
    }
  });

  test.each([
    ["host", "evil.example"],
    ["host", "evil.example:80"],
    ["host", "127.0.0.1.evil.example"],
    ["origin", "http://evil.example"],
    ["origin", "null"],
    ["origin", "http://localhost:1"],
    ["origin", "http://127.0.0.1.evil.example"],
  ])("nobody from elsewhere: %s %s", async (header, value) => {
    expect((await server.post(ping, { [header]: value })).status).toBe(403);
    const { status } = await fetch(`${server.url}/livez`, { headers: { [header]: value } });
    expect(status).toBe(403);
  });

  test("a page of the server's own address may", async () => {
    expect((await server.post(ping, { origin: server.url })).status).toBe(200);
  });

  test("what says that it is alive needs no token, and neither do figures on this machine", async () => {
    for (const path of ["livez", "readyz", "health", "metrics"])
      expect((await fetch(`${server.url}/${path}`)).status).toBe(200);
    // What a proxy passes on comes from somewhere else.
    const headers = { "x-forwarded-for": "203.0.113.7" };
    for (const path of ["health", "metrics"])
      expect((await fetch(`${server.url}/${path}`, { headers })).status).toBe(401);
    const health = (await (await fetch(`${server.url}/health`)).json()) as object;
    expect(health).toMatchObject({ service: "server", ready: true, root: folder.path });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^amalfa_http_responses_total\{status="401"\} [1-9]/m);
    expect(metrics).toMatch(/^amalfa_request_seconds_bucket\{le="\+Inf"\} \d+$/m);
    expect((await fetch(`${server.url}/elsewhere`)).status).toBe(404);
  });
});

describe("the official client", () => {
  test.each(["legacy", "auto", { pin: "2026-07-28" }] as const)(
    "of the era %j lists and calls",
    async (mode) => {
      const client = await server.client(mode);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toContain("search_documents");
      const found = await client.callTool({
        name: "search_documents",
        arguments: { query: "killing seeds with warmth" },
      });
      const { results } = found.structuredContent as { results: object[] };
      expect(results[0]).toMatchObject({ id: "soil/compost.md", heading: "Compost > Heat" });
      const { resources } = await client.listResources();
      expect(resources.map(({ uri }) => uri)).toContain("amalfa://document/soil/worms.md");
      const { contents } = await client.readResource({ uri: "amalfa://document/soil/worms.md" });
      expect(JSON.stringify(contents)).toContain("damp and dark");
      await expect(client.callTool({ name: "delete_everything", arguments: {} })).rejects.toThrow(
        "search_documents",
      );
      await client.close();
    },
  );

  test("a client that listens hears that it does", async () => {
    const client = await server.client("auto");
    const subscription = await client.listen({ toolsListChanged: true });
    await subscription.close();
    await client.close();
  });
});

describe("what is no request", () => {
  test.each([
    ["garbage", "", 400, -32700],
    ["", "", 400, -32700],
    ["null", "", 400, -32600],
    ["42", "", 400, -32600],
    ["{}", "", 400, -32600],
    ["[]", "", 400, -32600],
    ['{"jsonrpc":"1.0","id":1,"method":"ping"}', "", 400, -32600],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', "", 400, -32600],
    ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', "2025-06-18", 400, -32600],
    ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', "2025-11-25", 400, -32600],
    [`${"[".repeat(100_000)}`, "", 400, -32700],
  ])("%p in revision %p is answered %d, %d", async (body, revision, status, code) => {
    const answer = await server.post(body, { "mcp-protocol-version": revision });
    expect(answer.status).toBe(status);
    expect(answer.body.error.code).toBe(code);
  });

  test("a list is answered as one in the revision that has such", async () => {
    for (const revision of ["", "2025-03-26"]) {
      const { body } = await server.post([ping, { ...ping, id: 2 }], { "mcp-protocol-version": revision });
      expect((body as { id: number }[]).map(({ id }) => id).sort()).toEqual([1, 2]);
    }
  });

  test("null stands for what is left out", async () => {
    const list = await server.post({ jsonrpc: "2.0", id: 1, method: "tools/list", params: null });
    expect(list.body.result.tools).not.toHaveLength(0);
    const params = { name: "search_documents", arguments: null };
    const call = await server.post({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
    expect(JSON.stringify(call.body.result)).toContain("arguments.invalid");
    const wrong = await server.post({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: 7 } });
    expect(wrong.body.error.code).toBe(-32602);
  });

  test("what is nested without end is refused at once, in both eras, and ends no worker", async () => {
    const before = await server.workers();
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const meta = JSON.stringify({
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    });
    const request = (params: string) =>
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_tags",${params}}}`;
    const modern = {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "list_tags",
    };
    for (const [body, headers] of [
      [request(`"arguments":${deep}`), {}],
      [request(`"arguments":{"prefix":${deep}}`), {}],
      [request(`"arguments":${JSON.stringify(deep)}`), {}],
      [request(`"arguments":${deep},"_meta":${meta}`), modern],
    ] as const) {
      expect((await server.post(body, headers)).body.error.code).toBe(-32602);
    }
    const { body } = await server.call("list_tags");
    expect(body.result.isError).toBeUndefined();
    expect(await server.workers()).toEqual(expect.arrayContaining(before));
  });

  test("a body that is too large is refused, whether it says so or not", async () => {
    const huge = JSON.stringify({ ...ping, params: { x: "x".repeat(3 << 20) } });
    expect((await server.post(huge)).status).toBe(413);
    const parts = new ReadableStream({
      start: (controller) => {
        for (let sent = 0; sent < 48; sent++) controller.enqueue(new Uint8Array(64 * 1024).fill(0x20));
        controller.close();
      },
    });
    const headers = { "content-type": "application/json", authorization: `Bearer ${server.token}` };
    const outcome = await fetch(`${server.url}/mcp`, { method: "POST", headers, body: parts }).then(
      ({ status }) => status,
      () => "cut off",
    );
    expect([413, "cut off"]).toContain(outcome);
    expect((await server.post(ping)).status).toBe(200);
  });

  test("refusals are counted, wherever they come about", async () => {
    const counts = async (): Promise<Record<string, number>> => {
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      const lines = metrics.matchAll(/^amalfa_http_refusals_total\{status="(\d+)"\} (\d+)$/gm);
      return Object.fromEntries([...lines].map(([, status, count]) => [status, Number(count)]));
    };
    const before = await counts();
    expect(Object.keys(before)).toEqual(expect.arrayContaining(["401", "403", "413", "503"]));
    expect((await server.post(ping, { authorization: "" })).status).toBe(401);
    expect((await server.post(ping, { origin: "https://elsewhere.example" })).status).toBe(403);
    expect((await server.post("x".repeat(20 << 20))).status).toBe(413);
    const headers = { "x-forwarded-for": "192.0.2.1" };
    expect((await fetch(`${server.url}/health`, { headers })).status).toBe(401);
    const after = await counts();
    for (const [status, count] of [
      ["401", 2],
      ["403", 1],
      ["413", 1],
    ] as const)
      expect([status, (after[status] ?? 0) - (before[status] ?? 0)]).toEqual([status, count]);
  });

  test("a body that never comes is given up, and holds nobody else up", async () => {
    const { hostname, port } = new URL(server.url);
    const said: string[] = [];
    const slow = Array.from({ length: 40 }, () => {
      const socket = connect(Number(port), hostname);
      socket.on("error", () => {});
      socket.on("data", (bytes) => said.push(String(bytes)));
      socket.write(
        `POST /mcp HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${server.token}\r\n` +
          'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"jsonrpc"',
      );
      return socket;
    });
    expect((await server.call("search_documents", { query: "compost", mode: "lexical" })).status).toBe(200);
    await until(() => said.filter((text) => text.includes(" 408 ")).length === slow.length, {
      what: "all of them to be given up",
    });
    for (const socket of slow) socket.destroy();
  });
});
