/** Requests by which the bearer of a token tries to see a project that is not theirs, each from a number. */
import type { Random } from "./random.ts";

export interface Aim {
  /** The other project. */
  readonly root: string;
  /** The project that the token opens. */
  readonly own: string;
  readonly token: string;
  /** A session of the other project's token. */
  readonly session: string;
  /** A place in a list of the other project's documents. */
  readonly cursor: string;
}

export interface Attempt {
  /** By which way into the server. */
  readonly way: string;
  readonly method: string;
  /** What stands behind the address. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Way = (random: Random, aim: Aim) => Omit<Attempt, "way">;

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

const FILES = [
  "secret.md",
  "SECRET.md",
  "secret",
  "folder",
  "folder/",
  "",
  ".",
  "secret.md:1-9",
  "*",
  "**/*.md",
];

/** The other project, or something in it, as somebody might write it. */
function target(random: Random, aim: Aim): string {
  const name = aim.root.slice(aim.root.lastIndexOf("/") + 1);
  const file = random.pick(FILES);
  const up = "../".repeat(random.between(1, 12));
  const place = random.pick([
    aim.root,
    name,
    `../${name}`,
    `./../${name}`,
    `${aim.own}/../${name}`,
    `${up}${aim.root.slice(1)}`,
    `link`,
    `link/../../${name}`,
    `/proc/self/cwd/../${name}`,
    `/proc/self/root${aim.root}`,
    `file://${aim.root}`,
    `file://localhost${aim.root}`,
    `amalfa://document/../${name}`,
    `amalfa://document${aim.root}`,
    `amalfa://${name}/document`,
    `//${name}`,
    `....//${name}`,
    `~/${name}`,
    "*",
    "linked.md",
  ]);
  return disguised(random, random.oneIn(4) ? place : `${place}/${file}`);
}

function disguised(random: Random, text: string): string {
  const escaped = (letters: RegExp) =>
    text.replace(letters, (letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, "0")}`);
  switch (random.between(1, 16)) {
    case 1:
      return escaped(/[./]/g);
    case 2:
      return escaped(/[./]/g).replaceAll("%", "%25");
    case 3:
      return escaped(/./g);
    case 4:
      return text.replaceAll("/", "\\");
    case 5:
      return text.replaceAll("..", "%c0%ae%c0%ae");
    case 6:
      return text.replaceAll(".", "．").replaceAll("/", "／");
    case 7:
      return `${text}\0.md`;
    case 8:
      return text.toUpperCase();
    case 9:
      return text.replaceAll("/", "//");
    case 10:
      return text.replaceAll("/", "/./");
    case 11:
      return ` ${text} `;
    case 12:
      return `${text}/`;
    case 13:
      return [...text].join("\u200b");
    default:
      return text;
  }
}

/** Arguments that are texts, by tool. */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  search_documents: ["query", "project", "path", "tag", "type", "cursor", "lang"],
  read_node_content: ["id", "project", "lines"],
  read_documents: ["ids", "project"],
  explore_links: ["id", "relation"],
  find_gaps: ["cursor"],
  list_directory_structure: ["path", "cursor"],
  recent_changes: ["path", "since"],
  list_tags: ["prefix", "cursor"],
  inject_tags: ["file_path", "tags"],
  write_note: ["path", "etag"],
  append_note: ["path", "etag"],
};

/** What a call needs besides. */
const REST: Readonly<Record<string, object>> = {
  search_documents: { query: "the word of the plans", mode: "lexical" },
  read_node_content: { id: "secret.md" },
  read_documents: { ids: ["secret.md", "folder"] },
  explore_links: { id: "note.md" },
  inject_tags: { file_path: "note.md", tags: ["garden"] },
  write_note: { path: "note.md", text: "# Seen\n" },
  append_note: { path: "other.md", text: "seen\n" },
};

function modern(method: string, params: Record<string, unknown>, more: Record<string, string> = {}) {
  return {
    method: "POST",
    query: "",
    headers: { "mcp-protocol-version": "2026-07-28", "mcp-method": method, ...more },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: META } }),
  };
}

function plain(method: string, params: object = {}, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  return { method: "POST", query: "", headers, body };
}

function call(random: Random, name: string, args: object) {
  const params = { name, arguments: args };
  return random.oneIn(2) ? modern("tools/call", params, { "mcp-name": name }) : plain("tools/call", params);
}

/** A header holds bytes, and `fetch` takes each as a letter. */
function header(text: string): string {
  return Buffer.from(text.replaceAll("\0", ""), "utf8").toString("latin1").trim();
}

const ASKED = { query: "the word of the plans", mode: "lexical" };

const WAYS: Readonly<Record<string, Way>> = {
  "an argument of a tool": (random, aim) => {
    const name = random.pick(Object.keys(TOOLS));
    const argument = random.pick(TOOLS[name] ?? []);
    const text = target(random, aim);
    const value = argument === "ids" || (argument === "tags" && random.oneIn(2)) ? [text] : text;
    return call(random, name, { ...REST[name], [argument]: value });
  },
  "the project of a tool": (random, aim) => {
    const name = random.pick(["search_documents", "read_node_content", "read_documents"]);
    return call(random, name, { ...REST[name], project: target(random, aim) });
  },
  "a project beside the arguments": (random, aim) => {
    const key = random.pick(["project", "root", "amalfa-project", "projects", "terms", "allowWrite"]);
    return plain("tools/call", { name: "search_documents", arguments: ASKED, [key]: target(random, aim) });
  },
  "a header": (random, aim) => {
    const name = random.pick(["amalfa-project", "amalfa-root", "x-forwarded-prefix", "x-original-url"]);
    return {
      ...plain("tools/call", { name: "search_documents", arguments: ASKED }),
      headers: { [name]: header(target(random, aim)) },
    };
  },
  "the address": (random, aim) => {
    const text = target(random, aim).replaceAll("\0", "%00");
    const value = random.oneIn(2) ? encodeURIComponent(text) : encodeURI(text).replaceAll("#", "%23");
    const query = random.pick([`?project=${value}`, `?project=&project=${value}`, `?root=${value}`]);
    return { ...plain("tools/call", { name: "search_documents", arguments: ASKED }), query };
  },
  "a resource": (random, aim) => {
    const text = target(random, aim);
    const path = random.oneIn(2) ? encodeURIComponent(text) : text;
    const uri = random.pick([
      text,
      `amalfa://document/${path}`,
      `amalfa://stats/${path}`,
      `amalfa:///${path}`,
    ]);
    return random.oneIn(2)
      ? modern("resources/read", { uri }, { "mcp-name": header(uri) })
      : plain("resources/read", { uri });
  },
  "the list of resources": (random, aim) =>
    plain("resources/list", { cursor: random.oneIn(2) ? aim.cursor : target(random, aim) }),
  "a cursor of theirs": (random, aim) => {
    const name = random.pick(["search_documents", "find_gaps", "list_directory_structure", "list_tags"]);
    return call(random, name, { ...REST[name], cursor: aim.cursor });
  },
  "a prompt": (random, aim) =>
    plain("prompts/get", {
      name: random.pick(["recall", "what-do-we-know-about", "review-gaps"]),
      arguments: { topic: target(random, aim), project: target(random, aim) },
    }),
  "a completion": (random, aim) =>
    plain("completion/complete", {
      ref: { type: "ref/resource", uri: random.pick(["amalfa://document/{+id}", target(random, aim)]) },
      argument: { name: random.pick(["id", "project"]), value: random.pick([target(random, aim), "", "s"]) },
    }),
  "a subscription": (random, aim) => {
    const wanted = [target(random, aim), `amalfa://document/${target(random, aim)}`];
    const notifications = { resourcesListChanged: true, resourceSubscriptions: wanted };
    return random.oneIn(2)
      ? modern("subscriptions/listen", { notifications })
      : plain("resources/subscribe", { uri: random.pick(wanted) });
  },
  "a session of theirs": (random, aim) => ({
    ...plain("tools/call", { name: "search_documents", arguments: ASKED }),
    method: random.pick(["POST", "POST", "GET", "DELETE"]),
    headers: {
      "mcp-session-id": random.oneIn(4) ? header(target(random, aim)) : aim.session,
      ...(random.oneIn(3) ? { "amalfa-project": header(target(random, aim)) } : {}),
    },
  }),
  "several at once": (random, aim) => {
    const message = (id: number) => ({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: { name: "read_node_content", arguments: { id: target(random, aim), project: aim.root } },
    });
    const headers = { "mcp-protocol-version": "2025-03-26" };
    return { method: "POST", query: "", headers, body: JSON.stringify([message(1), message(2)]) };
  },
};

export const WAY_NAMES = Object.keys(WAYS);

export function attemptFrom(random: Random, aim: Aim): Attempt {
  const way = random.pick(WAY_NAMES);
  return { way, ...(WAYS[way] as Way)(random, aim) };
}
