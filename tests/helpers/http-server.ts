/** The real `serve --http`, and requests to it by hand or by the official client. */
import { readFileSync } from "node:fs";
import {
  Client,
  StreamableHTTPClientTransport,
  type VersionNegotiationMode,
} from "@modelcontextprotocol/client";
import { startAmalfa } from "./amalfa.ts";
import { until } from "./until.ts";

export interface HttpServerOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly address?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a server says, for a test to look into
  readonly body: any;
}

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

export class HttpServer implements AsyncDisposable {
  readonly root: string;
  readonly process: ReturnType<typeof startAmalfa>;
  stderr = "";
  #nextId = 1;

  private constructor(root: string, child: ReturnType<typeof startAmalfa>) {
    this.root = root;
    this.process = child;
  }

  /** Resolves once it listens. Throws with what it said when it ends instead. */
  static async start(root: string, { args = [], env = {}, address = "127.0.0.1:0" }: HttpServerOptions = {}) {
    const child = startAmalfa(["--root", root, "serve", "--http", address, ...args], {
      cwd: root,
      env: { XDG_STATE_HOME: `${root}/.state`, ...env },
    });
    const server = new HttpServer(root, child);
    void server.#collect();
    try {
      await until(() => child.exitCode !== null || server.stderr.includes("listening on"), {
        what: "the server to listen",
      });
      if (child.exitCode !== null) throw new Error(server.stderr);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return /listening on (\S+)\/mcp/.exec(this.stderr)?.[1] ?? "";
  }

  get token(): string {
    return readFileSync(`${this.root}/.amalfa/runtime/server-token`, "utf8").trim();
  }

  /** The processes that answer. */
  async workers(): Promise<number[]> {
    const tasks = readFileSync(`/proc/${this.process.pid}/task/${this.process.pid}/children`, "utf8");
    return tasks.trim().split(" ").filter(Boolean).map(Number);
  }

  async ready(): Promise<void> {
    await until(async () => (await fetch(`${this.url}/readyz`, this.#plain())).status === 200, {
      what: "a worker to be ready",
    });
  }

  /** @param more headers; an empty one is left out */
  async post(body: unknown, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const given = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: more.authorization ?? `Bearer ${this.token}`,
      ...more,
    };
    const headers = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
    const response = await fetch(`${this.url}/mcp`, {
      method: "POST",
      headers,
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...this.#plain(),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  }

  /** A call in the stateless era. */
  call(name: string, args: object = {}, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const params = { name, arguments: args, _meta: META };
    return this.post(
      { jsonrpc: "2.0", id: this.#nextId++, method: "tools/call", params },
      { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": name, ...more },
    );
  }

  /** The official client. @param mode which era it speaks */
  async client(mode: VersionNegotiationMode, token = this.token): Promise<Client> {
    const transport = new StreamableHTTPClientTransport(new URL(`${this.url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    });
    const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
    await client.connect(transport);
    return client;
  }

  async end(): Promise<number> {
    this.process.kill("SIGTERM");
    return await this.process.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
  }

  /** Certificates of tests are signed by nobody. */
  #plain(): object {
    return this.url.startsWith("https:") ? { tls: { rejectUnauthorized: false } } : {};
  }

  async #collect(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.process.stderr) this.stderr += decoder.decode(bytes, { stream: true });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
