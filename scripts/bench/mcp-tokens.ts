/**
 * What calls cost an agent: `bun scripts/bench/mcp-tokens.ts [--root DIR]`.
 *
 * Drives `serve --allow-write` through the official client and counts, with the tokenizer that the program brings
 * along, what a model reads of each answer: its text, or its structured content. Without --root the Rust book is
 * unpacked and ingested first.
 */
import { parseArgs } from "node:util";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { loadTokens } from "../../src/knowledge/index.ts";
import { unpackCorpus } from "../../tests/helpers/corpora.ts";
import { CLI, runBun } from "./child-process.ts";

const QUESTIONS = ["how do I share data between threads", "what is a lifetime", "install rust on windows"];

const { values: flags } = parseArgs({ options: { root: { type: "string" } } });
if (flags.root !== undefined) await measure(flags.root);
else {
  using folder = unpackCorpus("rust-book");
  await runBun([CLI, "--root", folder.path, "init", "--quiet"]);
  await measure(folder.path);
}

async function measure(root: string): Promise<void> {
  const tokens = await (await loadTokens()).loadTokenCount({ paths: { models: root } } as never);
  const args = [CLI, "--root", root, "serve", "--allow-write"];
  const client = new Client({ name: "bench", version: "1.0.0" });
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: "ignore" }));
  const { tools } = await client.listTools();
  const listed = (names: readonly string[]): number =>
    tools
      .filter(({ name }) => !names.includes(name))
      .map(({ name, description, inputSchema }) => tokens(JSON.stringify({ name, description, inputSchema })))
      .reduce((sum, each) => sum + each, 0);
  row("the tools, without those that write", [listed(["write_note", "append_note"])]);
  row("the tools with them", [listed([])]);
  row("instructions", [tokens(client.getInstructions() ?? "")]);
  const cost = async (name: string, given: Record<string, unknown>): Promise<[number, number]> => {
    const result = await client.callTool({ name, arguments: given });
    const [content] = result.content as { text: string }[];
    return [tokens(content?.text ?? ""), tokens(JSON.stringify(result.structuredContent ?? null))];
  };
  const over = async (
    name: string,
    given: (question: string) => Record<string, unknown>,
  ): Promise<number[]> => {
    const all: [number, number][] = [];
    for (const question of QUESTIONS) all.push(await cost(name, given(question)));
    return [0, 1].map((at) => Math.round(all.reduce((sum, each) => sum + (each[at] ?? 0), 0) / all.length));
  };
  row("search_documents", await over("search_documents", (query) => ({ query })));
  row("search_documents, limit 3", await over("search_documents", (query) => ({ query, limit: 3 })));
  row("search_documents, budget 800", await over("search_documents", (query) => ({ query, budget: 800 })));
  row("search_documents, budget 2000", await over("search_documents", (query) => ({ query, budget: 2_000 })));
  const found = await client.callTool({
    name: "search_documents",
    arguments: { query: QUESTIONS[0], limit: 3 },
  });
  const ids = (found.structuredContent as { results: { id: string }[] }).results.map(({ id }) => id);
  row("read_node_content, a whole chapter", await cost("read_node_content", { id: ids[0] }));
  row("read_documents, three of them", await cost("read_documents", { ids }));
  row("explore_links", await cost("explore_links", { id: ids[0] }));
  row("find_gaps", await cost("find_gaps", {}));
  row("list_directory_structure", await cost("list_directory_structure", {}));
  row("recent_changes", await cost("recent_changes", {}));
  row("list_tags", await cost("list_tags", {}));
  row("refresh", await cost("refresh", {}));
  row("health", await cost("health", {}));
  await client.close();
}

function row(what: string, figures: readonly number[]): void {
  console.log(`| ${what} | ${figures.join(" | ")} |`);
}
