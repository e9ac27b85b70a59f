/** Requests over HTTP that are unusual and allowed, or wrong in a way that must not keep anybody waiting. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { init } from "../helpers/amalfa.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { notesFolder } from "../helpers/notes.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();
setDefaultTimeout(300_000);

const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

let folder: TempFolder;
let server: HttpServer;

beforeAll(async () => {
  folder = notesFolder();
  await init(folder);
  server = await HttpServer.start(folder.path);
  await server.ready();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function session(protocolVersion = "2025-06-18"): Promise<Record<string, string>> {
  const params = {
    protocolVersion,
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  };
  const { headers } = await server.post({ jsonrpc: "2.0", id: 0, method: "initialize", params });
  return { "mcp-session-id": headers.get("mcp-session-id") ?? "" };
}

const call = (id: number | string, name: string) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: {} },
});

test("an id that another request of the session has is refused while that one is under way", async () => {
  const own = await session();
  const [first, second, other] = await Promise.all([
    server.post(call(5, "find_gaps"), own),
    server.post(call(5, "list_tags"), own),
    server.post(call("5", "list_tags"), own),
  ]);
  expect([first.status, second.status, other.status]).toEqual([200, 400, 200]);
  expect(second.body.error).toMatchObject({ code: -32600 });
  expect((await server.post(call(5, "list_tags"), own)).body.id).toBe(5);
});

test("nobody waits for the answer to a request that was cancelled, or whose session has ended", async () => {
  const own = await session();
  const cancelled = server.post(call(6, "refresh"), own);
  const params = { requestId: 6, reason: "no more" };
  await server.post({ jsonrpc: "2.0", method: "notifications/cancelled", params }, own);
  expect([200, 202]).toContain((await cancelled).status);
  expect((await server.post(call(6, "list_tags"), own)).body.id).toBe(6);
  const left = server.post(call(7, "refresh"), own);
  const headers = { authorization: `Bearer ${server.token}`, ...own };
  const ended = await fetch(`${server.url}/mcp`, { method: "DELETE", headers });
  expect(ended.status).toBe(200);
  expect([200, 404]).toContain((await left).status);
  expect((await server.post(PING, own)).status).toBe(404);
});

test("of requests that came as one, those that were not cancelled are answered", async () => {
  const own = await session("2025-03-26");
  const cancel = (requestId: number) => ({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId },
  });
  const ids = async (list: readonly object[]): Promise<number[]> => {
    const { status, body } = await server.post(list, own);
    return status === 202 ? [] : (body as { id: number }[]).map(({ id }) => id).sort();
  };
  // What was answered already cannot be taken back; what was not has no answer.
  const waited = ids([call(11, "refresh"), call(12, "list_tags"), call(13, "list_tags")]);
  await server.post(cancel(11), own);
  expect([
    [12, 13],
    [11, 12, 13],
  ]).toContainEqual(await waited);
  expect(await ids([call(14, "refresh"), call(15, "list_tags"), cancel(14)])).toEqual([15]);
  expect(await ids([call(16, "refresh"), cancel(16)])).toEqual([]);
  expect(await ids([call(14, "list_tags"), call(17, "list_tags")])).toEqual([14, 17]);
});

test.each([
  ["APPLICATION/JSON, Text/Event-Stream", 200],
  ["application/*, text/*", 200],
  ["application/json;q=0.9 , text/event-stream", 200],
  ["*/*", 200],
  ["", 200],
  ["text/html", 406],
])("a client that takes %p is answered %d", async (accept, status) => {
  expect((await server.post(PING, { accept })).status).toBe(status);
});

test("a body that is not UTF-8 is refused, and nothing else is read into it", async () => {
  const parts = [
    Buffer.from(JSON.stringify(PING).slice(0, -1)),
    Buffer.from(',"x":"'),
    Buffer.from([0xff]),
    Buffer.from('"}'),
  ];
  const response = await fetch(`${server.url}/mcp`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${server.token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: Buffer.concat(parts),
  });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("UTF-8");
});
