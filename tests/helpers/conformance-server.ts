/**
 * A server of the same classes as the real one, with the tools, resources and prompts that the conformance suite asks
 * for.
 */
import type { EventStore, JSONRPCMessage, Server } from "@modelcontextprotocol/server";
import { CheckedServer } from "../../src/mcp/checked-server.ts";
import { McpEndpoint } from "../../src/mcp/http/endpoint.ts";
import { type Front, openFront } from "../../src/mcp/http/front.ts";
import { Metrics } from "../../src/mcp/http/metrics.ts";

const TOKEN = "a-token-for-the-suite";
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const SILENCE = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

const text = (said: string) => ({ type: "text" as const, text: said });
const image = { type: "image" as const, data: PIXEL, mimeType: "image/png" };
const embedded = (uri: string) => ({
  type: "resource" as const,
  resource: { uri, mimeType: "text/plain", text: "What is embedded." },
});

const SCHEMA_2020_12 = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object" as const,
  $defs: {
    address: { type: "object", properties: { street: { type: "string" }, city: { type: "string" } } },
  },
  properties: { name: { type: "string" }, address: { $ref: "#/$defs/address" } },
  additionalProperties: false,
};

const TOOLS = [
  "test_simple_text",
  "test_image_content",
  "test_audio_content",
  "test_embedded_resource",
  "test_multiple_content_types",
  "test_tool_with_logging",
  "test_tool_with_progress",
  "test_error_handling",
  "test_sampling",
  "test_elicitation",
  "test_elicitation_sep1034_defaults",
  "test_elicitation_sep1330_enums",
  "test_reconnection",
];

const PROMPTS = [
  { name: "test_simple_prompt" },
  {
    name: "test_prompt_with_arguments",
    arguments: [
      { name: "arg1", required: true },
      { name: "arg2", required: true },
    ],
  },
  { name: "test_prompt_with_embedded_resource", arguments: [{ name: "resourceUri", required: true }] },
  { name: "test_prompt_with_image" },
];

function suiteServer(): Server {
  const server = new CheckedServer(
    { name: "suite", version: "1" },
    {
      capabilities: {
        tools: {},
        resources: { subscribe: true },
        prompts: {},
        completions: {},
        logging: {},
      },
    },
  );
  server.setRequestHandler("tools/list", () => ({
    tools: [
      ...TOOLS.map((name) => ({ name, description: name, inputSchema: { type: "object" as const } })),
      { name: "json_schema_2020_12_tool", description: "A schema.", inputSchema: SCHEMA_2020_12 },
    ],
  }));
  server.setRequestHandler("tools/call", ({ params }, { mcpReq, http }) => {
    switch (params.name) {
      case "test_image_content":
        return { content: [image] };
      case "test_audio_content":
        return { content: [{ type: "audio" as const, data: SILENCE, mimeType: "audio/wav" }] };
      case "test_embedded_resource":
        return { content: [embedded("test://embedded-resource")] };
      case "test_multiple_content_types":
        return { content: [text("Several kinds."), image, embedded("test://mixed-content-resource")] };
      case "test_error_handling":
        return { isError: true, content: [text("This tool intentionally returns an error for testing")] };
      case "test_tool_with_logging":
        return withNotifications(3, (_, said) =>
          mcpReq.notify({ method: "notifications/message", params: { level: "info", data: said } }),
        );
      case "test_tool_with_progress": {
        const token = mcpReq._meta?.progressToken;
        return withNotifications(3, (step) =>
          token === undefined
            ? Promise.resolve()
            : mcpReq.notify({
                method: "notifications/progress",
                params: { progressToken: token, progress: step * 50, total: 100 },
              }),
        );
      }
      case "test_sampling":
        return mcpReq
          .send({
            method: "sampling/createMessage",
            params: {
              messages: [{ role: "user", content: text(String(params.arguments?.prompt)) }],
              maxTokens: 100,
            },
          })
          .then((result) => ({ content: [text(`LLM response: ${JSON.stringify(result)}`)] }));
      case "test_elicitation":
        return elicit({ response: { type: "string", description: "An answer" } });
      case "test_elicitation_sep1034_defaults":
        return elicit({
          name: { type: "string", default: "John Doe" },
          age: { type: "integer", default: 30 },
          score: { type: "number", default: 95.5 },
          status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
          verified: { type: "boolean", default: true },
        });
      case "test_elicitation_sep1330_enums":
        return elicit(ENUMS);
      case "test_reconnection":
        http?.closeSSE?.();
        return Bun.sleep(200).then(() => ({ content: [text("After the stream was closed.")] }));
      default:
        return { content: [text("This is a simple text response for testing.")] };
    }

    async function elicit(properties: object) {
      const result = await mcpReq.send({
        method: "elicitation/create",
        params: {
          mode: "form",
          message: String(params.arguments?.message ?? "Please answer"),
          requestedSchema: { type: "object", properties: properties as never, required: [] },
        },
      });
      return { content: [text(`User response: ${JSON.stringify(result)}`)] };
    }
  });
  server.setRequestHandler("resources/list", () => ({
    resources: [
      { uri: "test://static-text", name: "text", mimeType: "text/plain" },
      { uri: "test://static-binary", name: "binary", mimeType: "image/png" },
    ],
  }));
  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: [{ uriTemplate: "test://template/{id}/data", name: "template" }],
  }));
  server.setRequestHandler("resources/read", ({ params: { uri } }) => {
    if (uri === "test://static-binary") return { contents: [{ uri, mimeType: "image/png", blob: PIXEL }] };
    const id = /^test:\/\/template\/(.+)\/data$/.exec(uri)?.[1];
    const said = id === undefined ? "Static text." : JSON.stringify({ id, data: `Data for ID: ${id}` });
    return {
      contents: [{ uri, mimeType: id === undefined ? "text/plain" : "application/json", text: said }],
    };
  });
  server.setRequestHandler("resources/subscribe", () => ({}));
  server.setRequestHandler("resources/unsubscribe", () => ({}));
  server.setRequestHandler("prompts/list", () => ({
    prompts: PROMPTS.map((prompt) => ({ ...prompt, description: `The suite's ${prompt.name}.` })),
  }));
  server.setRequestHandler("prompts/get", ({ params: { name, arguments: given = {} } }) => {
    const user = (content: ReturnType<typeof text> | typeof image | ReturnType<typeof embedded>) => ({
      role: "user" as const,
      content,
    });
    if (name === "test_prompt_with_arguments")
      return { messages: [user(text(`Prompt with arguments: ${given.arg1}, ${given.arg2}`))] };
    if (name === "test_prompt_with_embedded_resource")
      return { messages: [user(embedded(given.resourceUri ?? "")), user(text("See above."))] };
    if (name === "test_prompt_with_image") return { messages: [user(image), user(text("See above."))] };
    return { messages: [user(text("This is a simple prompt for testing."))] };
  });
  server.setRequestHandler("completion/complete", () => ({ completion: { values: ["paris", "park"] } }));
  return server;
}

const titled = (...names: string[]) => names.map((title, place) => ({ const: `value${place + 1}`, title }));

const ENUMS = {
  untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
  titledSingle: { type: "string", oneOf: titled("First", "Second", "Third") },
  legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames: ["One", "Two", "Three"] },
  untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
  titledMulti: { type: "array", items: { anyOf: titled("First", "Second", "Third") } },
};

async function withNotifications(count: number, notify: (step: number, said: string) => Promise<void>) {
  for (let step = 0; step < count; step++) {
    await notify(step, `step ${step}`);
    await Bun.sleep(20);
  }
  return { content: [text("Done.")] };
}

/** Keeps what was sent, for a client whose stream was closed and that comes back. */
class KeptEvents implements EventStore {
  readonly #events: { readonly id: string; readonly stream: string; readonly message: JSONRPCMessage }[] = [];

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    const id = `${this.#events.length + 1}`;
    this.#events.push({ id, stream, message });
    return id;
  }

  async getStreamIdForEventId(id: string): Promise<string | undefined> {
    return this.#events.find((event) => event.id === id)?.stream;
  }

  async replayEventsAfter(
    id: string,
    { send }: { send: (id: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const place = this.#events.findIndex((event) => event.id === id);
    const stream = this.#events[place]?.stream ?? "";
    for (const event of this.#events.slice(place + 1))
      if (event.stream === stream && "jsonrpc" in event.message) await send(event.id, event.message);
    return stream;
  }
}

/** Opens the suite's server; whoever opens it closes it. */
export function openSuiteServer(): { readonly url: string; readonly token: string; close(): Promise<void> } {
  const grant = { id: "suite", name: "suite", projects: ["/"], rights: ["read", "tag", "write"] as const };
  const endpoint = new McpEndpoint({
    serverFor: suiteServer,
    json: false,
    events: () => new KeptEvents(),
    onError: () => {},
  });
  const front: Front = openFront({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    guard: { names: new Set(["127.0.0.1", "localhost"]), origins: [] },
    grantOf: (token) => (token === TOKEN ? grant : undefined),
    rootFor: () => "/",
    mcp: (request, body, caller) => endpoint.handle(request, body, caller),
    health: () => {
      throw new Error("nobody asks for it");
    },
    prove: () => undefined,
    metrics: new Metrics(),
    metricsText: () => "",
    embed: () => undefined,
    isOwnProcess: () => false,
  });
  const close = async () => {
    await endpoint.close();
    await front.close(1_000);
  };
  return { url: `http://127.0.0.1:${front.port}`, token: TOKEN, close };
}

/** A server that adds the token, which the suite knows nothing of, and passes everything on as it is. */
export function openTokenAdder(
  target: string,
  token: string,
): { readonly url: string; close(): Promise<void> } {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: async (request, own) => {
      const headers = new Headers(request.headers);
      headers.set("authorization", `Bearer ${token}`);
      for (const name of ["host", "origin"]) {
        const value = headers.get(name);
        if (value !== null) headers.set(name, value.replace(`:${own.port}`, `:${new URL(target).port}`));
      }
      const body = request.method === "POST" ? await request.arrayBuffer() : null;
      const { pathname } = new URL(request.url);
      const { method, signal } = request;
      const answer = await fetch(`${target}${pathname}`, { method, headers, body, signal });
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, close: () => server.stop(true) };
}
