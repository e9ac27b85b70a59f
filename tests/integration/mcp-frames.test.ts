/** The frames of the protocol, whole, broken and several at once; and nothing but them on stdout. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { type Frame, RawServer } from "../helpers/mcp.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();
setDefaultTimeout(300_000);
const { folder } = useReadyNotes();

test.each(["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"])(
  "a client that speaks revision %s is answered in it",
  async (protocolVersion) => {
    await using server = new RawServer(folder.path);
    server.request(1, "initialize", {
      protocolVersion,
      capabilities: {},
      clientInfo: { name: "old", version: "1" },
    });
    expect((await server.answer(1)).result).toMatchObject({
      protocolVersion,
      serverInfo: { name: "amalfa" },
      capabilities: { tools: {}, resources: {} },
    });
  },
);

describe("malformed input", () => {
  test("a line that is not UTF-8 is refused, and the server goes on", async () => {
    await using server = new RawServer(folder.path);
    await server.initialize();
    const [before = "", after = ""] = JSON.stringify({ jsonrpc: "2.0", id: 8, method: "x" }).split("x");
    const line = Buffer.concat([Buffer.from(before), Buffer.from([0xc3, 0x28]), Buffer.from(`${after}\n`)]);
    server.process.stdin.write(line);
    server.request(9, "ping");
    await server.answer(9);
    const refused = server.frames().filter(({ id }) => id === null);
    expect(refused.map(({ error }) => error?.code)).toEqual([-32700]);
  });

  test("no frame ends the server, and requests that can be named are answered", async () => {
    await using server = new RawServer(folder.path);
    await server.initialize();
    const lines = [
      "",
      "   ",
      "not json",
      "{",
      "null",
      "42",
      '"text"',
      "[]",
      '[{"jsonrpc":"2.0","id":70,"method":"ping"}]',
      "{}",
      '{"jsonrpc":"1.0","id":71,"method":"ping"}',
      '{"jsonrpc":"2.0","id":72}',
      '{"jsonrpc":"2.0","id":73,"method":7}',
      '{"jsonrpc":"2.0","id":null,"method":"ping"}',
      '{"jsonrpc":"2.0","id":{},"method":"ping"}',
      '{"jsonrpc":"2.0","id":74,"result":{}}',
      '{"jsonrpc":"2.0","method":"notifications/nothing"}',
      '{"jsonrpc":"2.0","id":75,"method":"no/such/method"}',
      '{"jsonrpc":"2.0","id":76,"method":"tools/call","params":{"name":7}}',
      '{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"name":"search_documents","arguments":[]}}',
      '{"jsonrpc":"2.0","id":78,"method":"resources/read","params":{}}',
      `${"[".repeat(100_000)}`,
      `{"jsonrpc":"2.0","id":79,"method":"ping","params":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`,
      "\u0000\u0001\u0002",
      "Content-Length: 20",
    ];
    for (const line of lines) server.send(`${line}\n`);
    server.process.stdin.write(new Uint8Array([0xff, 0xfe, 0x80, 0x0a]));
    server.request(99, "ping");
    expect((await server.answer(99)).result).toEqual({});
    // An empty list is how other languages write no arguments, which is for the tool to answer.
    expect((await server.answer(77)).result).toMatchObject({ isError: true });
    for (const id of [70, 71, 72, 73]) expect((await server.answer(id)).error?.code).toBe(-32600);
    expect((await server.answer(75)).error?.code).toBe(-32601);
    for (const id of [76, 78]) expect((await server.answer(id)).error?.code).toBe(-32602);
    // What names no request is answered under no id: seven lines that are no JSON, six that are no message.
    const nameless = server.frames().filter(({ id }) => id === null);
    const codes = nameless.map(({ error }) => error?.code);
    expect(codes.filter((code) => code === -32700)).toHaveLength(6);
    expect(codes.filter((code) => code === -32600)).toHaveLength(7);
    expect(server.process.exitCode).toBeNull();
  });

  test("parameters that are none are the client's to mend, and it is told what is wrong with them", async () => {
    await using server = new RawServer(folder.path);
    await server.initialize();
    const wrong: [string, unknown, string][] = [
      ["tools/call", undefined, "params"],
      ["tools/call", null, "params"],
      ["tools/call", {}, "params.name"],
      ["tools/call", { name: 7 }, "params.name"],
      ["resources/read", null, "params"],
      ["resources/read", { uri: [] }, "params.uri"],
      ["resources/list", { cursor: 7 }, "params.cursor"],
    ];
    for (const [place, [method, params]] of wrong.entries()) {
      server.send(`${JSON.stringify({ jsonrpc: "2.0", id: 100 + place, method, params })}\n`);
    }
    for (const [place, [method, , where]] of wrong.entries()) {
      const { error } = await server.answer(100 + place);
      expect(error?.code).toBe(-32602);
      expect(error?.message).toContain(`parameters of ${method}`);
      expect(error?.message).toContain(`${where}: `);
    }
  });

  test("frames may come in any pieces, several at once, with either line end", async () => {
    await using server = new RawServer(folder.path);
    await server.initialize();
    for (const character of '{"jsonrpc":"2.0","id":1,"method":"ping"}\r\n') server.send(character);
    server.send('{"jsonrpc":"2.0","id":2,"method":"ping"}\n{"jsonrpc":"2.0","id":3,"method":"ping"}\n');
    const text = Buffer.from(`${JSON.stringify({ jsonrpc: "2.0", id: "übung", method: "ping" })}\n`);
    // The first byte of a two-byte character, then the other.
    const middle = text.indexOf(0xc3) + 1;
    server.process.stdin.write(text.subarray(0, middle));
    server.process.stdin.flush();
    await server.answer(3);
    server.process.stdin.write(text.subarray(middle));
    server.process.stdin.flush();
    for (const id of [1, 2, 3, "übung"]) expect((await server.answer(id)).result).toEqual({});
  });

  test("an argument of 10 MB is refused for its length, and the server goes on", async () => {
    await using server = new RawServer(folder.path);
    await server.initialize();
    const huge = "x".repeat(10 * 1024 * 1024);
    server.call(1, "search_documents", { query: huge });
    server.call(2, "read_node_content", { id: huge });
    server.call(3, "inject_tags", { file_path: "README.md", tags: [huge] });
    server.call(4, "search_documents", { query: "compost", mode: "lexical" });
    for (const id of [1, 2, 3]) {
      const { result } = await server.answer(id);
      expect(result).toMatchObject({ isError: true });
      expect(JSON.stringify(result)).toContain("arguments.invalid");
      expect(JSON.stringify(result).length).toBeLessThan(5_000);
    }
    expect((await server.answer(4)).result).not.toHaveProperty("isError");
  });

  test("a line that is longer than any frame is skipped without being kept", async () => {
    await using server = new RawServer(folder.path);
    await server.initialize();
    const piece = new Uint8Array(8 * 1024 * 1024).fill(0x61);
    for (let sent = 0; sent < 9; sent++) {
      server.process.stdin.write(piece);
      await server.process.stdin.flush();
    }
    server.send("\n");
    server.request(1, "ping");
    expect((await server.answer(1)).result).toEqual({});
    expect(server.stderr).toContain("was skipped");
    expect(server.frames().find(({ id }) => id === null)?.error?.code).toBe(-32600);
  });
});

describe("several messages as one", () => {
  const clientInfo = { name: "old", version: "1" };
  const ping = (id: number) => ({ jsonrpc: "2.0", id, method: "ping" });

  test("are answered as one in the revision that has them", async () => {
    await using server = new RawServer(folder.path);
    server.request(0, "initialize", { protocolVersion: "2025-03-26", capabilities: {}, clientInfo });
    await server.answer(0);
    const search = { name: "search_documents", arguments: { query: "compost", mode: "lexical" } };
    const parts = [
      { jsonrpc: "2.0", id: 1, method: "tools/call", params: search },
      { jsonrpc: "2.0", method: "notifications/initialized" },
      ping(2),
      { jsonrpc: "2.0", id: 3, method: 7 },
      { jsonrpc: "2.0", id: 4, method: "no/such/method" },
    ];
    server.send(`${JSON.stringify(parts)}\n`);
    server.send(`${JSON.stringify([{ jsonrpc: "2.0", method: "notifications/nothing" }])}\n[]\n`);
    server.request(9, "ping");
    await until(() => /"id":9\D/.test(server.stdout) && /"id":1\D/.test(server.stdout), {
      what: "the answers",
    });
    const lines = server.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Frame | Frame[]);
    const together = lines.filter((line): line is Frame[] => Array.isArray(line));
    expect(together).toHaveLength(1);
    const answers = new Map(together[0]?.map((frame) => [frame.id, frame]));
    expect([...answers.keys()].sort()).toEqual([1, 2, 3, 4]);
    expect(answers.get(1)?.result).toHaveProperty("structuredContent");
    expect(answers.get(2)?.result).toEqual({});
    expect([answers.get(3)?.error?.code, answers.get(4)?.error?.code]).toEqual([-32600, -32601]);
    // An empty list is no request, and one of notifications has no answer.
    const nameless = lines
      .flatMap((line) => (Array.isArray(line) ? [] : [line]))
      .filter(({ id }) => id === null);
    expect(nameless.map(({ error }) => error?.code)).toEqual([-32600]);
  });

  test("are refused in the others, and before there is one, with what is true", async () => {
    await using server = new RawServer(folder.path);
    const refusals = async (count: number) => {
      const found = () =>
        server.frames().flatMap(({ error }) => (error === undefined ? [] : [error.message]));
      await until(() => found().length === count, { what: "the refusals" });
      return found();
    };
    server.send(`${JSON.stringify([ping(1)])}\n`);
    expect((await refusals(1))[0]).toContain("only after an initialize that asks for revision 2025-03-26");
    server.request(2, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
    await server.answer(2);
    server.send(`${JSON.stringify([ping(3)])}\n`);
    expect((await refusals(2))[1]).toContain("Revision 2025-06-18 takes one message a line, and no lists");
    await using old = new RawServer(folder.path);
    old.request(0, "initialize", { protocolVersion: "2025-03-26", capabilities: {}, clientInfo });
    await old.answer(0);
    old.send("[]\n");
    await until(() => old.frames().some(({ error }) => error !== undefined), { what: "the refusal" });
    expect(old.frames().find(({ error }) => error !== undefined)?.error?.message).toContain("empty list");
  });

  test.each(["behind", "before"])("do not wait for one that is cancelled %s it", async (place) => {
    await using server = new RawServer(folder.path);
    server.request(0, "initialize", { protocolVersion: "2025-03-26", capabilities: {}, clientInfo });
    await server.answer(0);
    const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
    const refresh = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "refresh" } };
    const list = place === "behind" ? [refresh, ping(2), cancel] : [cancel, ping(2), refresh];
    server.send(`${JSON.stringify(list)}\n`);
    await until(() => /"id":2\D/.test(server.stdout), { what: "the other answer" });
    expect(server.stdout.trimEnd().split("\n").at(-1)).toMatch(/^\[\{[^\]]*"id":2\b[^\]]*\}\]$/);
  });

  test("are refused in all others, each request under its id", async () => {
    await using server = new RawServer(folder.path);
    server.request(0, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
    await server.answer(0);
    server.send(`${JSON.stringify([ping(1), ping(2)])}\n`);
    for (const id of [1, 2]) expect((await server.answer(id)).error?.code).toBe(-32600);
  });
});

describe("the stateless revision, 2026-07-28", () => {
  const meta = (revision: string) => ({
    _meta: {
      "io.modelcontextprotocol/protocolVersion": revision,
      "io.modelcontextprotocol/clientInfo": { name: "new", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  });
  const now = meta("2026-07-28");

  test("is spoken without a handshake, each request by itself", async () => {
    await using server = new RawServer(folder.path);
    server.request(1, "server/discover", now);
    const { result } = await server.answer(1);
    expect(result).toMatchObject({
      supportedVersions: ["2026-07-28"],
      capabilities: { tools: {}, resources: {} },
    });
    const search = { name: "search_documents", arguments: { query: "compost", mode: "lexical" } };
    server.request(2, "tools/call", { ...search, ...now });
    const { result: found } = await server.answer(2);
    expect(found).toMatchObject({ resultType: "complete", structuredContent: { mode: "lexical" } });
    server.request(3, "tools/list", now);
    expect((await server.answer(3)).result).toHaveProperty("tools");
    // What earlier revisions need is not part of it.
    server.request(4, "initialize", { ...now, protocolVersion: "2026-07-28" });
    server.request(5, "ping", now);
    expect((await server.answer(5)).error?.code).toBe(-32601);
    expect((await server.answer(4)).error?.code).toBeLessThan(0);
  });

  test("a revision that nobody knows is refused with those that are", async () => {
    await using server = new RawServer(folder.path);
    server.request(1, "tools/list", meta("2031-01-01"));
    const { error } = await server.answer(1);
    expect(error).toMatchObject({
      code: -32022,
      data: { supported: ["2026-07-28"], requested: "2031-01-01" },
    });
    server.request(2, "tools/list", now);
    expect((await server.answer(2)).result).toHaveProperty("tools");
  });

  test("a client that listens is told so at once", async () => {
    await using server = new RawServer(folder.path);
    server.request(1, "subscriptions/listen", { ...now, notifications: { toolsListChanged: true } });
    await until(() => server.stdout.includes("notifications/subscriptions/acknowledged"), {
      what: "the acknowledgement",
    });
  });
});
