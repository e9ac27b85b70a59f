import { afterEach, expect, test } from "bun:test";
import { McpEndpoint } from "../../../src/mcp/http/endpoint.ts";
import type { Caller } from "../../../src/mcp/http/rights.ts";
import { createServer } from "../../../src/mcp/protocol.ts";
import { NO_ANSWERS } from "../../helpers/no-answers.ts";

let endpoint: McpEndpoint;

afterEach(() => endpoint.close());

const caller = (id: string): Caller => ({
  root: "/notes",
  grant: { id, name: id, projects: ["/notes"], rights: ["read"] },
});

function post(who: string, message: object, session?: string): Promise<Response> {
  const headers = { "content-type": "application/json", ...(session && { "mcp-session-id": session }) };
  const text = JSON.stringify({ jsonrpc: "2.0", id: 1, ...message });
  return endpoint.handle(new Request("http://127.0.0.1/mcp", { method: "POST", headers }), text, caller(who));
}

async function begin(who: string): Promise<string> {
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
  const response = await post(who, { method: "initialize", params });
  return response.headers.get("mcp-session-id") ?? "";
}

const isThere = async (who: string, session: string) =>
  (await post(who, { method: "ping" }, session)).status === 200;

test("the token with the most sessions makes room, and others keep theirs", async () => {
  endpoint = new McpEndpoint({
    serverFor: () => createServer(NO_ANSWERS),
    json: true,
    onError: () => {},
    mostSessions: 5,
  });
  const quiet = [await begin("quiet"), await begin("quiet")];
  const loud: string[] = [];
  for (let begun = 0; begun < 20; begun++) loud.push(await begin("loud"));
  expect(endpoint.sessions).toBe(5);
  for (const session of quiet) expect(await isThere("quiet", session)).toBe(true);
  const left = await Promise.all(loud.map((session) => isThere("loud", session)));
  expect(left.lastIndexOf(false)).toBe(16);
  // Who comes later finds room as well.
  const late = await begin("late");
  expect(await isThere("late", late)).toBe(true);
  for (const session of quiet) expect(await isThere("quiet", session)).toBe(true);
});
