/** The real `serve`, driven by the official client or frame by frame. */
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { loadTools } from "../../src/mcp/tools/index.ts";
import { CLI } from "./amalfa.ts";
import { until } from "./until.ts";

export interface ToolOutcome {
  readonly isError: boolean;
  /** The result's structured content, or the error document of a tool that failed. */
  readonly body: Record<string, unknown>;
  /** What clients show that do not read structured content. */
  readonly text: string;
}

/** Clients are told the shape of results in short; what the tools themselves say of it is held against it here. */
async function expectFits(name: string, result: Record<string, unknown>): Promise<void> {
  const tool = (await loadTools()).find((each) => each.name === name);
  if (tool === undefined) throw new Error(`There is no tool ${name}.`);
  const { error } = tool.output.safeParse(result);
  if (error !== undefined)
    throw new Error(`${name} answers other than its output schema says: ${error.message}`);
}

export class McpClient implements AsyncDisposable {
  readonly client: Client;
  readonly transport: StdioClientTransport;

  private constructor(client: Client, transport: StdioClientTransport) {
    this.client = client;
    this.transport = transport;
  }

  /** @param within puts the server's command into another one, such as one with mounts of its own */
  static async connect(
    root: string,
    env: Readonly<Record<string, string>> = {},
    within: (command: readonly string[]) => string[] = (command) => [...command],
    flags: readonly string[] = [],
  ): Promise<McpClient> {
    const [command = "", ...args] = within([process.execPath, CLI, "--root", root, "serve", ...flags]);
    const transport = new StdioClientTransport({
      command,
      args,
      env: { ...(process.env as Record<string, string>), ...env },
      stderr: "ignore",
    });
    const client = new Client({ name: "test", version: "1.0.0" });
    await client.connect(transport);
    // Only after a list does the client validate results against the tools' output schemas.
    await client.listTools();
    return new McpClient(client, transport);
  }

  get pid(): number {
    const { pid } = this.transport;
    if (pid === null) throw new Error("the server is not running");
    return pid;
  }

  async call(name: string, args: Record<string, unknown> = {}): Promise<ToolOutcome> {
    const result = await this.client.callTool({ name, arguments: args });
    const [content] = result.content as { type: string; text: string }[];
    const text = content?.text ?? "";
    if (result.isError === true) {
      const { error } = JSON.parse(text) as { error: Record<string, unknown> };
      return { isError: true, body: error, text };
    }
    const body = result.structuredContent as Record<string, unknown>;
    await expectFits(name, body);
    return { isError: false, body, text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

export interface Frame {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: unknown;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A server whose stdin and stdout are in the test's own hands. */
export class RawServer implements AsyncDisposable {
  readonly process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  #stdout = "";
  #stderr = "";
  readonly #drained: Promise<unknown>;

  constructor(
    root: string,
    options: { args?: readonly string[]; preload?: string; env?: Readonly<Record<string, string>> } = {},
  ) {
    const preload = options.preload === undefined ? [] : ["--preload", options.preload];
    const command = [process.execPath, ...preload, CLI, "--root", root, "serve", ...(options.args ?? [])];
    this.process = Bun.spawn(command, {
      env: { ...process.env, ...options.env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#drained = Promise.all([
      this.#collect(this.process.stdout, (text) => {
        this.#stdout += text;
      }),
      this.#collect(this.process.stderr, (text) => {
        this.#stderr += text;
      }),
    ]);
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  send(text: string): void {
    this.process.stdin.write(text);
    this.process.stdin.flush();
  }

  request(id: number | string, method: string, params: Record<string, unknown> = {}): void {
    this.send(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
  }

  call(id: number, name: string, args: Record<string, unknown>): void {
    this.request(id, "tools/call", { name, arguments: args });
  }

  async initialize(): Promise<void> {
    const clientInfo = { name: "raw", version: "1" };
    this.request(0, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
    await this.answer(0);
    this.send(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
  }

  /** Everything on stdout, line by line; throws when a line is no JSON-RPC message. */
  frames(): Frame[] {
    const whole = this.#stdout.slice(0, this.#stdout.lastIndexOf("\n") + 1);
    return whole
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const frame = JSON.parse(line) as Frame;
        if (frame.jsonrpc !== "2.0") throw new Error(`not a frame: ${line}`);
        return frame;
      });
  }

  async answer(id: number | string): Promise<Frame> {
    const find = (): Frame | undefined => this.frames().find((frame) => frame.id === id);
    await until(() => find() !== undefined, { what: `an answer to ${id}` });
    return find() as Frame;
  }

  /** Waits for the end, and for the last byte of both streams. */
  async ended(): Promise<number> {
    const status = await this.process.exited;
    await this.#drained;
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.ended();
  }

  async #collect(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) add(decoder.decode(bytes, { stream: true }));
  }
}
