/**
 * A token sees its projects alone: seeded attempts to see another's by every way there is into the server. None may
 * succeed. `AMALFA_ATTEMPTS` says how many, `AMALFA_ATTEMPTS_SEED` which.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { encodeCursorAfter } from "../../src/mcp/paging.ts";
import { amalfa, amalfaJson } from "../helpers/amalfa.ts";
import { type Aim, type Attempt, attemptFrom, WAY_NAMES } from "../helpers/attempts.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { seeded } from "../helpers/random.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(1_200_000);

const ATTEMPTS = Number(process.env.AMALFA_ATTEMPTS ?? 600);
const SEED = Number(process.env.AMALFA_ATTEMPTS_SEED ?? 17);
const AT_ONCE = 16;

/** Words that stand in the other project alone, in its texts, names, tags and headings; no attempt says one. */
const SECRETS = ["zwieselmoor", "quorndale", "vexbury", "ilkhampton"];

let folder: TempFolder;
let server: HttpServer;
let aim: Aim;
const mine = () => folder.join("shelf/mine");
const theirs = () => folder.join("shelf/theirs");

async function addToken(...args: string[]): Promise<string> {
  const run = { cwd: mine(), env: { XDG_STATE_HOME: folder.join("state") } };
  return (await amalfaJson<{ token: string }>(["serve", "token", "add", ...args], run)).document.token;
}

beforeAll(async () => {
  folder = new TempFolder();
  folder.write({
    "shelf/mine/note.md":
      "---\ntags: [garden]\n---\n# Mine\n\nSee [[secret]], [it](../theirs/secret.md) and [other](other.md).\n",
    "shelf/mine/other.md": "# Other\n\nA word of mine: periwinkle.\n",
    "shelf/theirs/secret.md":
      "---\ntags: [quorndale]\n---\n# Plans\n\n## Of vexbury\n\nThe word is zwieselmoor.\n",
    "shelf/theirs/folder/ilkhampton.md": "# More plans\n\nSee [[secret]]: zwieselmoor.\n",
  });
  for (const cwd of [mine(), theirs()]) {
    mkdirSync(`${cwd}/.amalfa`, { recursive: true });
    expect((await amalfa(["init"], { cwd })).status).toBe(0);
  }
  symlinkSync("../theirs", `${mine()}/link`);
  symlinkSync("../theirs/secret.md", `${mine()}/linked.md`);
  server = await HttpServer.start(mine(), {
    args: ["--allow-write"],
    env: { XDG_STATE_HOME: folder.join("state") },
  });
  await server.ready();
  const rights = ["--right", "read", "tag", "write"];
  const [own, other] = [await addToken(...rights), await addToken("--project", theirs(), ...rights)];
  const session = await sessionOf(other);
  const asked = { query: "zwieselmoor", mode: "lexical" };
  const seen = await server.call("search_documents", asked, { authorization: `Bearer ${other}` });
  expect(JSON.stringify(seen.body)).toContain("ilkhampton");
  aim = { root: theirs(), own: mine(), token: own, session, cursor: encodeCursorAfter("folder") };
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** A session of the other project's token: its number is as secret as the token, and even so is of no use. */
async function sessionOf(token: string): Promise<string> {
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const opened = await server.post(
    { jsonrpc: "2.0", id: 1, method: "initialize", params },
    { authorization: `Bearer ${token}` },
  );
  expect(opened.status).toBe(200);
  return opened.headers.get("mcp-session-id") ?? "";
}

/** What is answered, headers included; of a stream its beginning. */
async function answerTo({ query, method = "POST", headers, body }: Attempt): Promise<string> {
  const response = await fetch(`${server.url}/mcp${query}`, {
    method,
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${aim.token}`,
      ...headers,
    },
    ...(method === "POST" ? { body } : {}),
  });
  const said = JSON.stringify([...response.headers]);
  if (response.headers.get("content-type") !== "text/event-stream") return said + (await response.text());
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return said + new TextDecoder().decode(first?.value);
}

/** All that the other project consists of, but for what its own server keeps. */
function contentOf(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile() && !entry.parentPath.includes(".amalfa"));
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [
      `${parentPath}/${name}`,
      readFileSync(`${parentPath}/${name}`, "utf8"),
    ]),
  );
}

// Before the attempts, which leave notes of all sorts of names in their own project, to be suggested.
test("what is there in another project is refused in the same words as what is not", async () => {
  const bearer = { authorization: `Bearer ${aim.token}` };
  // Names of one length, so that nothing else of an answer differs.
  const refusals = async (place: string): Promise<string[]> => {
    const asked = [
      server.call("read_node_content", { id: place }, bearer),
      server.call("read_node_content", { id: "secret.md", project: place }, bearer),
      server.call("read_documents", { ids: [place] }, bearer),
      server.call("explore_links", { id: place }, bearer),
      server.call("list_directory_structure", { path: place }, bearer),
      server.call("recent_changes", { path: place }, bearer),
      server.call("search_documents", { query: "plans", path: place, mode: "lexical" }, bearer),
      server.call("inject_tags", { file_path: place, tags: ["garden"] }, bearer),
      server.call("write_note", { path: place, text: "# Seen\n", etag: "none" }, bearer),
      server.call("append_note", { path: place, text: "seen\n", etag: "none" }, bearer),
      server.call("search_documents", { query: "plans" }, { ...bearer, "amalfa-project": place }),
    ];
    const answers = await Promise.all(asked);
    return answers.map(({ status, body }) =>
      `${status} ${JSON.stringify(body.result ?? body)}`.replaceAll(
        place.slice(place.lastIndexOf("/")),
        "/*",
      ),
    );
  };
  for (const base of [theirs(), "../theirs", `${mine()}/../theirs`, "link"]) {
    expect(await refusals(`${base}/secret.md`)).toEqual(await refusals(`${base}/absent.md`));
    expect(await refusals(`${base}/folder`)).toEqual(await refusals(`${base}/absent`));
  }
});

test(`${ATTEMPTS} attempts to see another project's notes: none succeeds, and nothing of it is changed`, async () => {
  const random = seeded(SEED);
  const before = contentOf(theirs());
  const succeeded: { attempt: Attempt; answer: string }[] = [];
  const ways = new Map<string, number>();
  let left = ATTEMPTS;
  const attack = async (): Promise<void> => {
    while (left-- > 0) {
      const attempt = attemptFrom(random, aim);
      ways.set(attempt.way, (ways.get(attempt.way) ?? 0) + 1);
      const answer = await answerTo(attempt);
      const heard = answer.toLowerCase();
      if (SECRETS.some((secret) => heard.includes(secret))) succeeded.push({ attempt, answer });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, attack));
  expect(succeeded.slice(0, 3)).toEqual([]);
  expect(contentOf(theirs())).toEqual(before);
  // All ways were tried.
  if (ATTEMPTS >= 500) expect(ways.size).toBe(WAY_NAMES.length);
});
