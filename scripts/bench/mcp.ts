/**
 * How long an agent waits: `bun scripts/bench/mcp.ts [--root DIR] [--queries N]`.
 *
 * Drives `serve` through the official client, as agents do: the start, the first search, the first and the next one of
 * a client that has asked for the tools a second before, searches with a warm model (words never asked for before, so
 * that each needs inference) and the same ones again (from the vector cache).
 * Without --root the tldr pages are unpacked and ingested first, which takes minutes.
 */
import { Database } from "bun:sqlite";
import { parseArgs } from "node:util";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { unpackCorpus } from "../../tests/helpers/corpora.ts";
import { CLI, runBun } from "./child-process.ts";
import { describeMachine } from "./machine.ts";

const STARTS = 20;
/** Servers whose first two searches are compared, and how long their clients read what tools there are. */
const READIES = 9;
const READING_MS = 1_000;

const { values: flags } = parseArgs({
  options: { root: { type: "string" }, queries: { type: "string", default: "300" } },
});
const queries = Number(flags.queries);
if (flags.root !== undefined) await measure(flags.root, queries);
else {
  using folder = unpackCorpus("tldr");
  console.error("ingesting …");
  await runBun([CLI, "--root", folder.path, "init", "--quiet"]);
  await measure(folder.path, queries);
}

async function measure(root: string, count: number): Promise<void> {
  const { processor, cores, load } = describeMachine();
  console.log(`${processor}, ${cores} cores, load ${load.join(" ")}, Bun ${Bun.version}`);
  const asked = questions(root, count + 2 * READIES);
  const texts = asked.slice(2 * READIES);
  show("start, until the client is connected", await repeat(STARTS, () => start(root)));
  const client = await connect(root);
  const search = (query: string) => timed(() => call(client, "search_documents", { query }));
  show("first search, which loads the model", [await search("how to begin")]);
  const pairs: (readonly [number, number])[] = [];
  for (let at = 0; at < READIES; at++)
    pairs.push(await firstAndNext(root, asked[2 * at]!, asked[2 * at + 1]!));
  show(
    "first search, a second after the tools",
    pairs.map(([first]) => first),
  );
  show(
    "the next one of the same servers",
    pairs.map(([, next]) => next),
  );
  show("search, warm model, new words", await each(texts, search));
  show("search, warm model, the same words again", await each(texts, search));
  show(
    "search, lexical",
    await each(texts, (query) => timed(() => call(client, "search_documents", { query, mode: "lexical" }))),
  );
  show("50 searches at once, until the last answer", await repeat(5, () => burst(client, 50)));
  show("find_gaps, first", [await timed(() => call(client, "find_gaps", {}))]);
  await client.close();
}

/** Questions of eight words from documents of the project, which nobody has asked before. */
function questions(root: string, count: number): string[] {
  using db = new Database(`${root}/.amalfa/resonance.db`, { readonly: true });
  const documents = db.query<{ n: number }, []>("SELECT count(*) AS n FROM nodes").get()?.n ?? 0;
  const rows = db
    .query<{ text: string }, [number]>("SELECT text FROM chunks ORDER BY key LIMIT ?")
    .all(count);
  console.log(`${documents} documents, ${rows.length} questions`);
  const nonce = Date.now().toString(36);
  return rows.map(({ text }, index) => {
    const words = text.match(/[a-z]{3,}/gi) ?? ["nothing"];
    return `${words.slice(4, 11).join(" ")} ${nonce}${index}`;
  });
}

async function connect(root: string): Promise<Client> {
  const client = new Client({ name: "bench", version: "1.0.0" });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [CLI, "--root", root, "serve"],
      stderr: "ignore",
    }),
  );
  return client;
}

async function start(root: string): Promise<number> {
  const started = performance.now();
  const client = await connect(root);
  const milliseconds = performance.now() - started;
  await client.close();
  return milliseconds;
}

async function firstAndNext(root: string, first: string, next: string): Promise<readonly [number, number]> {
  const client = await connect(root);
  await client.listTools();
  await Bun.sleep(READING_MS);
  const search = (query: string) => timed(() => call(client, "search_documents", { query }));
  const times = [await search(first), await search(next)] as const;
  await client.close();
  return times;
}

async function call(client: Client, name: string, args: Record<string, unknown>): Promise<void> {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError === true) throw new Error(JSON.stringify(result.content));
}

async function burst(client: Client, size: number): Promise<number> {
  const nonce = performance.now();
  return timed(async () => {
    await Promise.all(
      Array.from({ length: size }, (_, n) =>
        call(client, "search_documents", { query: `question ${n} of ${nonce}` }),
      ),
    );
  });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (const item of items) times.push(await work(item));
  return times;
}

function repeat(times: number, work: () => Promise<number>): Promise<number[]> {
  return each(Array.from({ length: times }), work);
}

function show(what: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.ceil(sorted.length * share) - 1] ?? 0).toFixed(1).padStart(7);
  console.log(
    `${what.padEnd(44)} median ${at(0.5)} ms   95th percentile ${at(0.95)} ms   n = ${times.length}`,
  );
}
