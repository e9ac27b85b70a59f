import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { amalfa, amalfaJson } from "../helpers/amalfa.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

interface Token {
  readonly token: string;
  readonly id: string;
  readonly name: string;
}

let folder: TempFolder;
let server: HttpServer;
const mine = () => folder.join("mine");
const theirs = () => folder.join("theirs");
const run = () => ({ cwd: mine(), env: { XDG_STATE_HOME: folder.join("state") } });

async function addToken(...args: string[]): Promise<Token> {
  const { document } = await amalfaJson<Token>(["serve", "token", "add", ...args], run());
  return document;
}

beforeAll(async () => {
  folder = new TempFolder();
  folder.write({
    "mine/note.md": "# Mine\n\nA word of mine: periwinkle.\n",
    "theirs/secret.md": "# Theirs\n\nA word of theirs: oleander.\n",
  });
  for (const cwd of [mine(), theirs()]) {
    mkdirSync(`${cwd}/.amalfa`, { recursive: true });
    expect((await amalfa(["init"], { cwd })).status).toBe(0);
  }
  server = await HttpServer.start(mine(), { env: { XDG_STATE_HOME: folder.join("state") } });
  await server.ready();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const bearer = ({ token }: Token, more: Record<string, string> = {}) => ({
  authorization: `Bearer ${token}`,
  ...more,
});
const found = (body: { result?: { structuredContent?: { results: { id: string }[] } } }) =>
  body.result?.structuredContent?.results.map(({ id }) => id);

test("a token is printed once, and kept as a digest that its owner alone can read", async () => {
  const made = await addToken("--name", "kept");
  const tokens = folder.join("state/amalfa/tokens");
  expect(statSync(tokens).mode & 0o077).toBe(0);
  const files = readdirSync(tokens).map((name) => `${tokens}/${name}`);
  for (const file of files) {
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(readFileSync(file, "utf8")).not.toContain(made.token);
  }
  const listed = await amalfa(["serve", "token", "list"], run());
  expect(listed.stdout).toContain("kept");
  expect(listed.stdout).not.toContain(made.token);
});

test("a token opens its projects and no others, and does not tell which others there are", async () => {
  const own = await addToken("--name", "own");
  const both = await addToken("--name", "both", "--project", mine(), theirs());
  const search = { query: "oleander", mode: "lexical" };
  const ask = (token: Token, project: string) =>
    server.call(
      "search_documents",
      search,
      bearer(token, project === "" ? {} : { "amalfa-project": project }),
    );
  expect(found((await ask(both, theirs())).body)).toEqual(["secret.md"]);
  expect(found((await ask(both, "theirs")).body)).toEqual(["secret.md"]);
  expect(found((await ask(both, "")).body)).toEqual([]);
  expect(found((await ask(own, "")).body)).toEqual([]);
  const nothing = await ask(own, "/no/such/project");
  for (const project of [
    theirs(),
    "theirs",
    `${mine()}/../theirs`,
    `${theirs()}/`,
    "../theirs",
    folder.path,
    "/",
  ]) {
    const answer = await ask(own, project);
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual(nothing.body);
  }
  for (const id of ["../theirs/secret.md", `${theirs()}/secret.md`]) {
    const { body } = await server.call("read_node_content", { id }, bearer(own));
    expect(body.result.isError).toBe(true);
    expect(JSON.stringify(body)).not.toContain("oleander");
  }
});

test("a token for several projects names another one in a call, and one for a single project cannot", async () => {
  const own = await addToken("--name", "own alone");
  const both = await addToken("--name", "both by argument", "--project", mine(), theirs());
  const search = (token: Token, args: object, more = {}) =>
    server.call("search_documents", { mode: "lexical", ...args }, bearer(token, more));
  for (const project of ["theirs", theirs(), "*"]) {
    const { body } = await search(both, { query: "oleander", project });
    expect(body.result.structuredContent.results).toMatchObject([{ project: "theirs", id: "secret.md" }]);
    const refused = await search(own, { query: "oleander", project });
    expect(JSON.stringify(refused.body)).not.toMatch(/secret|Theirs/);
  }
  const unknown = await search(own, { query: "oleander", project: "theirs" });
  const nothing = await search(own, { query: "oleander", project: "no-such" });
  const told = JSON.stringify(nothing.body.result).replace("no-such", "theirs");
  expect(JSON.stringify(unknown.body.result)).toBe(told);
  expect(told).toContain("The projects are mine.");
  const read = await server.call("read_node_content", { id: "secret.md", project: "theirs" }, bearer(both));
  expect(read.body.result.structuredContent).toMatchObject({ project: "theirs", id: "secret.md" });
  const several = { ids: ["note.md"], project: "mine" };
  const from = { "amalfa-project": "theirs" };
  const { body } = await server.call("read_documents", several, bearer(both, from));
  expect(body.result.structuredContent).toMatchObject({ project: "mine", documents: [{ id: "note.md" }] });
  // In sessions of the earlier era, and by the official client of the later one, just the same.
  for (const mode of ["legacy", { pin: "2026-07-28" }] as const) {
    const client = await server.client(mode, both.token);
    const found = await client.callTool({
      name: "search_documents",
      arguments: { query: "oleander periwinkle", project: "*", mode: "lexical" },
    });
    expect(JSON.stringify(found.structuredContent)).toContain('"project":"theirs"');
    await client.close();
  }
});

test("a project's name in a header may have any letters, as in the address", async () => {
  const place = folder.join("Größe");
  folder.write({ "Größe/note.md": "# Größe\n\nA word of another: gentian.\n" });
  mkdirSync(`${place}/.amalfa`, { recursive: true });
  expect((await amalfa(["init"], { cwd: place })).status).toBe(0);
  const token = await addToken("--name", "letters", "--project", mine(), place);
  for (const project of ["Größe", place]) {
    for (const encoding of ["utf8", "latin1"] as const) {
      // What a client writes is bytes; `fetch` takes each as a letter.
      const name = Buffer.from(project, encoding).toString("latin1");
      const headers = bearer(token, { "amalfa-project": name });
      const { body } = await server.call("search_documents", { query: "gentian", mode: "lexical" }, headers);
      expect(found(body)).toEqual(["note.md"]);
    }
  }
});

test("a token lets its bearer do what it says, and is told what is missing", async () => {
  const reader = await addToken("--name", "reader");
  const tagger = await addToken("--name", "tagger", "--right", "tag");
  const names = async (token: Token) => {
    const { body } = await server.post({ jsonrpc: "2.0", id: 1, method: "tools/list" }, bearer(token));
    return (body.result.tools as { name: string }[]).map(({ name }) => name);
  };
  expect(await names(reader)).not.toContain("inject_tags");
  expect(await names(tagger)).toEqual(["inject_tags"]);
  const before = readFileSync(`${mine()}/note.md`, "utf8");
  const tags = { file_path: "note.md", tags: ["garden"] };
  const refused = await server.call("inject_tags", tags, bearer(reader));
  expect(refused.body.error).toMatchObject({ code: -32600 });
  expect(refused.body.error.message).toContain("right to tag");
  expect(readFileSync(`${mine()}/note.md`, "utf8")).toBe(before);
  const unread = await server.call("search_documents", { query: "x" }, bearer(tagger));
  expect(unread.body.error.message).toContain("right to read");
  const resource = {
    jsonrpc: "2.0",
    id: 1,
    method: "resources/read",
    params: { uri: "amalfa://document/note.md" },
  };
  expect((await server.post(resource, bearer(tagger))).body.error.message).toContain("right to read");
  const done = await server.call("inject_tags", tags, bearer(tagger));
  expect(done.body.result.structuredContent.added).toEqual(["garden"]);
  expect(readFileSync(`${mine()}/note.md`, "utf8")).toContain("garden");
});

test("a token that is taken back is refused from then on, in sessions too", async () => {
  const leaving = await addToken("--name", "leaving");
  const clientInfo = { name: "test", version: "1" };
  const opening = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const begun = await server.post(
    { jsonrpc: "2.0", id: 1, method: "initialize", params: opening },
    bearer(leaving),
  );
  const session = begun.headers.get("mcp-session-id") ?? "";
  const ping = { jsonrpc: "2.0", id: 2, method: "ping" };
  expect((await server.post(ping, bearer(leaving, { "mcp-session-id": session }))).status).toBe(200);
  // A session is nobody else's, whatever token they have.
  const other = await addToken("--name", "other");
  expect((await server.post(ping, bearer(other, { "mcp-session-id": session }))).status).toBe(404);
  const stream = await fetch(`${server.url}/mcp`, {
    headers: { accept: "text/event-stream", ...bearer(leaving, { "mcp-session-id": session }) },
  });
  expect(stream.status).toBe(200);
  const call = { name: "refresh", arguments: {} };
  const underWay = server.post(
    { jsonrpc: "2.0", id: 3, method: "tools/call", params: call },
    bearer(leaving, { "mcp-session-id": session }),
  );
  const { document } = await amalfaJson(["serve", "token", "revoke", "leaving"], run());
  expect(document).toMatchObject({ ok: true, tokens: [{ name: "leaving" }] });
  // What was streamed ends, and what was being answered is answered or ended.
  await stream.text();
  expect([200, 404]).toContain((await underWay).status);
  expect((await server.post(ping, bearer(leaving, { "mcp-session-id": session }))).status).toBe(401);
  const again = await amalfa(["serve", "token", "revoke", "leaving"], run());
  expect(again.status).toBe(2);
  expect(again.stderr).toContain("serve token list");
});

test("where only added tokens are in force, the server says so when it starts", async () => {
  await addToken("--name", "theirs alone", "--project", theirs());
  await using other = await HttpServer.start(theirs(), { env: { XDG_STATE_HOME: folder.join("state") } });
  await until(() => other.stderr.includes("only tokens of `amalfa serve token add` are in force"), {
    what: "the server to say which tokens are in force",
  });
  expect(other.stderr).not.toContain("clients find its token in");
  expect(server.stderr).toContain("clients find its token in");
  expect(server.stderr).not.toContain("only tokens");
});
