/** Clients that are told of changes, in both eras and over each way to the server. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { amalfa, amalfaJson, CLI } from "../helpers/amalfa.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

let folder: TempFolder;
let server: HttpServer;
const mine = () => folder.join("mine");
const theirs = () => folder.join("theirs");
const env = () => ({ XDG_STATE_HOME: folder.join("state") });
const NOTE = "amalfa://document/note.md";
const MODES = ["legacy", { pin: "2026-07-28" }] as const;

beforeAll(async () => {
  folder = new TempFolder();
  folder.write({ "mine/note.md": "# Mine\n", "mine/still.md": "# Still\n", "theirs/note.md": "# Theirs\n" });
  for (const cwd of [mine(), theirs()]) {
    mkdirSync(`${cwd}/.amalfa`, { recursive: true });
    expect((await amalfa(["init"], { cwd })).status).toBe(0);
  }
  server = await HttpServer.start(mine(), { env: env() });
  await server.ready();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function addToken(...args: string[]): Promise<{ token: string; id: string }> {
  const run = { cwd: mine(), env: env() };
  return (await amalfaJson<{ token: string; id: string }>(["serve", "token", "add", ...args], run)).document;
}

/** What a client is told: the URI of a resource, or `list`. */
function heardBy(client: Client): string[] {
  const heard: string[] = [];
  client.setNotificationHandler(
    "notifications/resources/updated",
    ({ params }) => void heard.push(params.uri),
  );
  client.setNotificationHandler("notifications/resources/list_changed", () => void heard.push("list"));
  return heard;
}

/** Asks to be told of one document and of the list, as each era has it. */
async function listen(client: Client, mode: (typeof MODES)[number]): Promise<void> {
  if (mode === "legacy") {
    await client.listResources();
    await client.subscribeResource({ uri: NOTE });
  } else {
    const filter = { resourcesListChanged: true, resourceSubscriptions: [NOTE] };
    expect((await client.listen(filter)).honoredFilter).toEqual(filter);
  }
}

async function stdioClient(mode: (typeof MODES)[number], ...flags: string[]): Promise<Client> {
  const args = [CLI, "--root", mine(), "serve", ...flags];
  const environment = { ...(process.env as Record<string, string>), ...env() };
  const transport = new StdioClientTransport({
    command: process.execPath,
    args,
    env: environment,
    stderr: "ignore",
  });
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(transport);
  return client;
}

let edits = 0;

/** Changes the documents by hand, and has an ingest of another process bring that in. */
async function expectTold(heard: string[]): Promise<void> {
  heard.length = 0;
  folder.write({ "mine/note.md": `# Mine\n\nEdit ${++edits}.\n` });
  expect((await amalfa(["init"], { cwd: mine() })).status).toBe(0);
  await until(() => heard.includes(NOTE), { what: "word of a changed document" });
  expect(heard).toEqual([NOTE]);
  folder.write({ [`mine/new-${edits}.md`]: "# New\n" });
  expect((await amalfa(["init"], { cwd: mine() })).status).toBe(0);
  await until(() => heard.length > 1, { what: "word of a new document" });
  expect(heard).toEqual([NOTE, "list"]);
}

test.each(MODES)("over HTTP a client is told of what an ingest has changed (%o)", async (mode) => {
  const client = await server.client(mode);
  const heard = heardBy(client);
  await listen(client, mode);
  await expectTold(heard);
  await client.close();
});

test.each(MODES)("on stdin and stdout, and through a bridge (%o)", async (mode) => {
  for (const flags of [["--alone"], []]) {
    const client = await stdioClient(mode, ...flags);
    const heard = heardBy(client);
    await listen(client, mode);
    await expectTold(heard);
    await client.close();
  }
});

test("what nobody has brought in yet is told as well, since the files are looked at", async () => {
  const client = await server.client({ pin: "2026-07-28" });
  const heard = heardBy(client);
  await listen(client, { pin: "2026-07-28" });
  folder.write({ "mine/note.md": "# Mine\n\nEdited, and nobody asks.\n" });
  await until(() => heard.includes(NOTE), { what: "word of a changed file" });
  await client.close();
});

test("a document of the same name in another project is told to nobody who may not see it", async () => {
  const other = await addToken("--name", "theirs", "--project", theirs());
  const mode = { pin: "2026-07-28" } as const;
  const [own, foreign] = [await server.client(mode), await server.client(mode, other.token)];
  const [heard, heardThere] = [heardBy(own), heardBy(foreign)];
  await listen(own, mode);
  await listen(foreign, mode);
  folder.write({ "theirs/note.md": "# Theirs\n\nEdited.\n" });
  expect((await amalfa(["init"], { cwd: theirs() })).status).toBe(0);
  await until(() => heardThere.includes(NOTE), { what: "word of the other project" });
  expect(heard).toEqual([]);
  folder.write({ "mine/note.md": "# Mine\n\nEdited here.\n" });
  expect((await amalfa(["init"], { cwd: mine() })).status).toBe(0);
  await until(() => heard.includes(NOTE), { what: "word of the own project" });
  expect(heardThere).toEqual([NOTE]);
  await Promise.all([own.close(), foreign.close()]);
});

test("one token takes no subscriptions from others, and has none once it is taken back", async () => {
  const greedy = await addToken("--name", "greedy");
  const client = await server.client({ pin: "2026-07-28" }, greedy.token);
  const filter = { resourceSubscriptions: [NOTE] };
  const open = await Promise.all(Array.from({ length: 64 }, () => client.listen(filter)));
  await expect(client.listen(filter)).rejects.toThrow("too many subscriptions");
  const other = await server.client({ pin: "2026-07-28" });
  await (await other.listen(filter)).close();
  await open[0]?.close();
  await until(
    () =>
      client.listen(filter).then(
        () => true,
        () => false,
      ),
    { what: "room for another one" },
  );
  const ended = open[1]?.closed;
  expect((await amalfa(["serve", "token", "revoke", greedy.id], { cwd: mine(), env: env() })).status).toBe(0);
  expect(await ended).not.toBe("local");
  await Promise.all([client.close(), other.close()]);
});

test("a listener that asks for too much, or may not read, is refused and not kept", async () => {
  const client = await server.client({ pin: "2026-07-28" });
  const resourceSubscriptions = Array.from({ length: 1_001 }, (_, place) => `${NOTE}.${place}`);
  await expect(client.listen({ resourceSubscriptions })).rejects.toThrow("at most 1000 resources");
  const tagging = await addToken("--name", "tagging", "--right", "tag");
  const other = await server.client({ pin: "2026-07-28" }, tagging.token);
  await expect(other.listen({ resourceSubscriptions: [NOTE] })).rejects.toThrow();
  const earlier = await server.client("legacy", tagging.token);
  await expect(earlier.subscribeResource({ uri: NOTE })).rejects.toThrow();
  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
  await until(async () => (await metrics()).includes("amalfa_subscriptions 0\n"), { what: "no stream" });
  await Promise.all([client.close(), other.close(), earlier.close()]);
});

test("when the server ends, a bridge goes on telling what its client follows", async () => {
  await server.end();
  for (const mode of MODES) {
    await using short = await HttpServer.start(mine(), { env: { XDG_STATE_HOME: folder.join("other") } });
    await short.ready();
    const environment = { ...(process.env as Record<string, string>), XDG_STATE_HOME: folder.join("other") };
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [CLI, "--root", mine(), "serve"],
      env: environment,
      stderr: "ignore",
    });
    const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
    await client.connect(transport);
    const heard = heardBy(client);
    await listen(client, mode);
    short.process.kill("SIGKILL");
    await short.process.exited;
    await client.callTool({ name: "search_documents", arguments: { query: "still", mode: "lexical" } });
    await expectTold(heard);
    await client.close();
  }
});

test("a resource is read by the URI without a host as well", async () => {
  await using alone = await McpClient.connect(mine(), env(), undefined, ["--alone"]);
  for (const uri of [NOTE, "amalfa:///note.md"]) {
    const { contents } = await alone.client.readResource({ uri });
    expect(contents).toMatchObject([{ uri, text: expect.stringContaining("# Mine") }]);
  }
  const outside = alone.client.readResource({ uri: "amalfa:///../theirs/note.md" });
  await expect(outside).rejects.toThrow("There is no document");
});
