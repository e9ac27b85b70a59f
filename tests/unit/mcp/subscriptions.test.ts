/** Subscriptions of one connection, asked for and ended faster than they begin. */
import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import type { LookRequest } from "../../../src/mcp/look.ts";
import { serveConnection } from "../../../src/mcp/serve-connection.ts";
import { StdioTransport } from "../../../src/mcp/stdio-transport.ts";
import { NO_ANSWERS } from "../../helpers/no-answers.ts";
import { until } from "../../helpers/until.ts";

interface Frame {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly uri?: string };
  readonly error?: { readonly code: number; readonly message: string };
}

const REVISION = "2026-07-28";
const META = {
  "io.modelcontextprotocol/protocolVersion": REVISION,
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** A client of a server whose resources all say the same, the state of the graph. */
class Wire implements AsyncDisposable {
  readonly frames: Frame[] = [];
  state = 1;
  looks = 0;
  readonly #input = new PassThrough();
  readonly #served: ReturnType<typeof serveConnection>;

  constructor() {
    const output = new PassThrough();
    let rest = "";
    output.on("data", (bytes) => {
      const lines = `${rest}${bytes}`.split("\n");
      rest = lines.pop() ?? "";
      this.frames.push(...lines.map((line) => JSON.parse(line) as Frame));
    });
    const look = async ({ uris }: LookRequest) => {
      this.looks++;
      await Bun.sleep(5);
      const state = String(this.state);
      return { state, now: { list: "", said: uris.map(() => state) } };
    };
    const answers = { ...NO_ANSWERS, resources: async () => ({ resources: [] }), look };
    this.#served = serveConnection(new StdioTransport(this.#input, output), answers);
  }

  send(...messages: readonly object[]): void {
    this.#input.write(messages.map((each) => `${JSON.stringify({ jsonrpc: "2.0", ...each })}\n`).join(""));
  }

  async answer(id: number): Promise<Frame> {
    await until(() => this.frames.some((frame) => frame.id === id), { what: `an answer to ${id}` });
    return this.frames.find((frame) => frame.id === id)!;
  }

  /** What is told until word of a resource comes. */
  async heardUntil(uri: string): Promise<(string | undefined)[]> {
    const heard = () =>
      this.frames.flatMap(({ method, params }) => (method?.endsWith("/updated") ? [params?.uri] : []));
    await until(() => heard().includes(uri), { what: `word of ${uri}` });
    return heard();
  }

  async begin(): Promise<void> {
    const clientInfo = { name: "test", version: "1" };
    this.send({
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo },
    });
    await this.answer(1);
    this.send({ method: "notifications/initialized" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#served.close();
  }
}

const subscribe = (id: number, uri: string) => ({ id, method: "resources/subscribe", params: { uri } });
const unsubscribe = (id: number, uri: string) => ({ id, method: "resources/unsubscribe", params: { uri } });
const listen = (id: number, notifications: unknown) => ({
  id,
  method: "subscriptions/listen",
  params: { notifications, _meta: META },
});

test("one unsubscribe ends what was subscribed to several times at once, also right behind it", async () => {
  await using wire = new Wire();
  await wire.begin();
  wire.send(...[10, 11, 12, 13, 14].map((id) => subscribe(id, "a:often")), subscribe(15, "a:kept"));
  wire.send(subscribe(16, "a:short"), unsubscribe(17, "a:short"), subscribe(18, "a:twice"));
  wire.send(subscribe(19, "a:twice"));
  for (let id = 10; id < 20; id++) expect((await wire.answer(id)).error).toBeUndefined();
  wire.send(unsubscribe(20, "a:often"));
  await wire.answer(20);
  wire.state++;
  expect((await wire.heardUntil("a:twice")).sort()).toEqual(["a:kept", "a:twice"]);
});

test("no more are taken than may be, however many are asked for at once", async () => {
  await using wire = new Wire();
  await wire.begin();
  wire.send(...Array.from({ length: 1_500 }, (_, place) => subscribe(100 + place, `a:${place}`)));
  await until(() => wire.frames.length >= 1_501, { what: "all answers" });
  const refused = wire.frames.filter(({ error }) => error !== undefined);
  expect(refused.length).toBe(500);
  expect(refused[0]?.error?.message).toContain("1000 resources");
  expect(wire.looks).toBeLessThan(20);
});

test("a listener that asks for too much, or for nothing of the kind, is told so", async () => {
  await using wire = new Wire();
  wire.send({ id: 9, method: "server/discover", params: { _meta: META } });
  await wire.answer(9);
  wire.send(listen(1, { resourceSubscriptions: Array.from({ length: 1_001 }, (_, place) => `a:${place}`) }));
  const { error } = await wire.answer(1);
  expect(error).toMatchObject({ code: -32602, message: expect.stringContaining("at most 1000 resources") });
  for (const [place, filter] of [undefined, 7, { resourceSubscriptions: "a:1" }].entries()) {
    wire.send(listen(2 + place, filter));
    expect((await wire.answer(2 + place)).error?.code).toBe(-32602);
  }
  expect(wire.looks).toBe(0);
  wire.send(listen(8, { resourceSubscriptions: ["a:given-up"] }));
  wire.send({ method: "notifications/cancelled", params: { requestId: 8 } });
  wire.send(
    ...Array.from({ length: 70 }, (_, place) => listen(10 + place, { resourceSubscriptions: ["a:1"] })),
  );
  for (let id = 74; id < 80; id++) expect((await wire.answer(id)).error?.message).toContain("too many");
  await until(() => wire.frames.filter(({ method }) => method?.endsWith("/acknowledged")).length === 64, {
    what: "the others to be acknowledged",
  });
  wire.state++;
  expect(new Set(await wire.heardUntil("a:1"))).toEqual(new Set(["a:1"]));
});
