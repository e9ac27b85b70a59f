/**
 * What a client may print in a terminal has nothing that steers it or changes how a line reads, whatever documents say
 * and are called. The structured content has every character.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { parse as parseToml } from "smol-toml";
import { amalfa, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();
setDefaultTimeout(300_000);

const HOSTILE = "safe\u202Egpj.exe\u2066x\u2069\u200B\uFEFF\x1b[31mred\x1b]0;owned\x07\x9b2J\x85end";
const RAW =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/;
const ODD = "a\u202Etxt\u2066b\u2069\u200Bc\uFEFF.md";
const AS_SHOWN = String.raw`a\u202etxt\u2066b\u2069\u200bc\ufeff.md`;

let folder: TempFolder;
let mcp: McpClient;

beforeAll(async () => {
  folder = new TempFolder();
  folder.write({
    [ODD]: `# Title ${HOSTILE}\n\nA heap of compost ${HOSTILE}\r\n\n## Heading ${HOSTILE}\n\n[gone](gone\u202E.md) [b](b.md)\n`,
    "b.md": `---\ntitle: "Note \\u202E\\e[31m"\ntags: ["t\\u202Eag", "x\\e[31my"]\n---\n# B\n\nWorms in compost.\n`,
  });
  await init(folder);
  mcp = await McpClient.connect(folder.path);
});

afterAll(async () => {
  await mcp[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

interface Result {
  readonly content: readonly { readonly text: string }[];
  readonly structuredContent?: Record<string, unknown>;
}

async function call(name: string, args: Record<string, unknown>): Promise<Result> {
  return (await mcp.client.callTool({ name, arguments: args })) as unknown as Result;
}

test.each([
  ["search_documents", { query: "heap of compost" }],
  ["search_documents", { query: "heap of compost", budget: 2000 }],
  ["search_documents", { query: `compost ${HOSTILE}`, where: { [HOSTILE]: HOSTILE } }],
  ["read_node_content", { id: ODD }],
  ["read_node_content", { id: `none ${HOSTILE}` }],
  ["read_documents", { ids: [ODD, "b.md", `none ${HOSTILE}`] }],
  ["explore_links", { id: ODD }],
  ["explore_links", { id: ODD, relation: HOSTILE }],
  ["list_directory_structure", {}],
  ["find_gaps", { threshold: 0 }],
  ["list_tags", {}],
  ["recent_changes", {}],
  ["inject_tags", { path: ODD, tags: [HOSTILE] }],
  ["refresh", {}],
  ["health", {}],
  ["search_documents", { query: "compost", [HOSTILE]: 1 }],
] as const)("%s, call %#", async (name, args) => {
  const { content } = await call(name, args);
  expect(content.length).toBeGreaterThan(0);
  for (const { text } of content) expect(text).not.toMatch(RAW);
});

test("the structured content has the names and texts as they are", async () => {
  const found = await call("search_documents", { query: "heap of compost" });
  expect(JSON.stringify(found.structuredContent)).toContain(JSON.stringify(ODD).slice(1, -1));
  const read = await call("read_node_content", { id: ODD });
  expect(read.structuredContent).toMatchObject({ id: ODD, text: expect.stringContaining(HOSTILE) });
});

test("a name that is copied into a call, which is JSON, is the name", async () => {
  const { content } = await call("list_directory_structure", {});
  expect(content[0]?.text).toContain(`\`${AS_SHOWN}\``);
  const copied = JSON.parse(`{ "id": "${AS_SHOWN}" }`) as { id: string };
  expect((await call("read_node_content", copied)).structuredContent).toMatchObject({ id: ODD });
});

test("a title loses what a terminal would obey, and a text that may be edited shows it", async () => {
  const text = (await call("read_node_content", { id: ODD })).content[0]?.text ?? "";
  expect(text).toContain("Title safegpj.exex redend: lines");
  expect(text).toContain(String.raw`safe\u202egpj.exe\u2066x\u2069\u200b\ufeff\u001b[31mred`);
  expect(text).not.toContain(String.raw`\u000d`);
});

test("lists of resources and errors of the protocol", async () => {
  const { resources } = await mcp.client.listResources();
  expect(JSON.stringify(resources.map(({ name, title }) => [name, title]))).not.toMatch(RAW);
  const odd = resources.find(({ name }) => name === AS_SHOWN);
  const { contents } = await mcp.client.readResource({ uri: odd?.uri ?? "" });
  expect(contents[0]).toMatchObject({ text: expect.stringContaining(HOSTILE) });
  for (const failing of [
    () => mcp.client.readResource({ uri: `amalfa://document/${HOSTILE}` }),
    () => mcp.client.callTool({ name: HOSTILE, arguments: {} }),
    () => mcp.client.getPrompt({ name: HOSTILE }),
  ]) {
    const said = await failing().then(
      () => "nothing",
      (error: unknown) => String(error),
    );
    expect(said).toContain("There is no");
    expect(said).not.toMatch(RAW);
  }
});

test("a configuration to paste names a folder in escapes that its format reads", async () => {
  const odd = folder.join("odd\u202E\x9b\u200B");
  mkdirSync(odd);
  for (const [client, read] of [
    ["claude-code", JSON.parse],
    ["codex", parseToml],
  ] as const) {
    const { stdout } = await amalfa(["--root", odd, "setup-mcp", "--client", client], { cwd: "/" });
    expect(stdout).not.toMatch(RAW);
    const configuration: unknown = read(stdout.slice(stdout.indexOf("\n\n")));
    expect(JSON.stringify(configuration)).toContain(JSON.stringify(odd));
  }
});
