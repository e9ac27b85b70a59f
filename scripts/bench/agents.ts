/**
 * What it costs an agent to find answers: amalfa over MCP against `grep` and `cat`, by fixed scripts of tool calls.
 *
 * Each script reads what its next call prints until the answer is among it, as whoever reads would, or has no call
 * left.
 * - amalfa: `search_documents` with a budget of 800 tokens, then the whole of the document that it named first.
 * - grep and cat: how many lines of each file have a word of the question (`grep -rciE`), then `cat` of the three files
 *   that have the most of its different words, one after the other.
 * - grep with context: the lines that have at least two of its words, with two lines around each, as far as the tools
 *   of agents show such output, then `cat` of the file that has the most of them.
 */
import { spawnSync } from "node:child_process";
import { loadTokens } from "../../src/knowledge/index.ts";
import { McpClient } from "../../tests/helpers/mcp.ts";
import { AGENT_QUESTIONS, type AgentQuestion } from "./agent-questions.ts";
import { CLI, runBun } from "./child-process.ts";
import { unpackCorpus } from "./corpora.ts";
import { atMost, type BenchContext, type Figure, type FigureResult } from "./figure.ts";
import { summarise, summariseRatio } from "./statistics.ts";

export const agents: Figure = { name: "agents", title: "Tokens and right answers", measure };

const BUDGET = 800;
const FILES_READ = 3;
/** Characters of a command's output that agents are commonly shown. */
const MOST_SHOWN = 30_000;
const COMMON = new Set(
  "a about again an and are as at be by can code do does for from get have how i if in is it many may me my not of on one only or other see than that the there they this to type use what when which why with".split(
    " ",
  ),
);

/** What each call prints, one after the other. */
type Script = (question: string) => AsyncGenerator<string> | Generator<string>;

interface Outcome {
  readonly isRight: boolean;
  readonly tokens: number;
  readonly calls: number;
}

async function measure(context: BenchContext): Promise<FigureResult> {
  const root = `${context.folder}/rust-book`;
  if (!(await unpackCorpus("rust-book", root)))
    return { rows: [], notes: ["The Rust book is not on this machine."] };
  await runBun([CLI, "--root", root, "init", "--quiet"]);
  const count = await (await loadTokens()).loadTokenCount({ paths: { models: root } } as never);
  const questions = context.effort === "full" ? AGENT_QUESTIONS : AGENT_QUESTIONS.slice(0, 5);
  await using client = await McpClient.connect(root, { XDG_STATE_HOME: `${context.folder}/state` });
  const all = async (script: Script): Promise<Outcome[]> => {
    const outcomes: Outcome[] = [];
    for (const question of questions) outcomes.push(await followed(script, question, count));
    return outcomes;
  };
  const ours = await all((question) => askAmalfa(client, question));
  const peers = {
    "grep -c, cat": await all((question) => countAndRead(root, question)),
    "grep -C2, cat": await all((question) => grepInContext(root, question)),
  };
  const costs = (outcomes: readonly Outcome[]): number[] => outcomes.map(({ tokens }) => tokens);
  const right = (outcomes: readonly Outcome[]): number => outcomes.filter(({ isRight }) => isRight).length;
  const rows = Object.entries(peers).flatMap(([name, theirs]) => {
    const ratio = summariseRatio(costs(ours), costs(theirs));
    return [
      {
        case: "tokens read for an answer",
        unit: "tokens",
        ours: summarise(costs(ours)),
        peer: { name, summary: summarise(costs(theirs)), ratio },
        goals: [atMost(mean(costs(ours)) / mean(costs(theirs)), 1, "times their tokens")],
      },
      {
        case: `answers found, of ${questions.length}`,
        unit: "answers",
        ours: summarise([right(ours)]),
        peer: {
          name,
          summary: summarise([right(theirs)]),
          ratio: summariseRatio([right(ours)], [Math.max(1, right(theirs))]),
        },
        goals: [],
      },
    ];
  });
  const notes = Object.entries({ amalfa: ours, ...peers }).map(([name, outcomes]) => {
    const calls = mean(outcomes.map((each) => each.calls)).toFixed(1);
    const tokens = Math.round(mean(costs(outcomes))).toLocaleString("en-US");
    return `${name}: ${right(outcomes)} of ${questions.length} answers, ${tokens} tokens and ${calls} calls a question on average`;
  });
  return { rows, notes };
}

async function followed(
  script: Script,
  { question, answer }: AgentQuestion,
  count: (text: string) => number,
): Promise<Outcome> {
  let tokens = 0;
  let calls = 0;
  for await (const printed of script(question)) {
    tokens += count(printed);
    calls++;
    if (answer.test(printed)) return { isRight: true, tokens, calls };
  }
  return { isRight: false, tokens, calls };
}

async function* askAmalfa(client: McpClient, query: string): AsyncGenerator<string> {
  const { text, body } = await client.call("search_documents", { query, budget: BUDGET });
  yield text;
  const [first] = body.results as { id: string }[];
  if (first !== undefined) yield (await client.call("read_node_content", { id: first.id })).text;
}

function* countAndRead(root: string, question: string): Generator<string> {
  const words = wordsOf(question);
  const files = new Map<string, number>();
  for (const word of words)
    for (const file of run(root, ["grep", "-rliw", "--include=*.md", "-e", word, "."]).trim().split("\n"))
      if (file !== "") files.set(file, (files.get(file) ?? 0) + 1);
  const counts = run(root, ["grep", "-rciwE", "--include=*.md", words.join("|"), "."])
    .trim()
    .split("\n")
    .filter((line) => !line.endsWith(":0"));
  const lines = new Map(counts.map((line) => line.split(/:(?=\d+$)/) as [string, string]));
  yield shown(counts.join("\n"));
  const best = [...files].sort(
    ([a, one], [b, other]) => other - one || Number(lines.get(b) ?? 0) - Number(lines.get(a) ?? 0),
  );
  for (const [file] of best.slice(0, FILES_READ)) yield shown(run(root, ["cat", file]));
}

function* grepInContext(root: string, question: string): Generator<string> {
  const words = wordsOf(question).join("|");
  const pattern = `\\b(${words})\\b.*\\b(${words})\\b`;
  yield shown(run(root, ["grep", "-rniE", "-C2", "--include=*.md", pattern, "."]));
  const counts = run(root, ["grep", "-rciE", "--include=*.md", pattern, "."]).trim().split("\n");
  const most = counts
    .map((line) => line.split(/:(?=\d+$)/))
    .sort(([, a], [, b]) => Number(b) - Number(a))[0]?.[0];
  if (most !== undefined && most !== "") yield shown(run(root, ["cat", most]));
}

/** Those that say something; an agent would not look for the others. */
function wordsOf(question: string): string[] {
  const words = question.toLowerCase().match(/[a-z][a-z.]*[a-z]/g) ?? [];
  return [...new Set(words)].filter((word) => !COMMON.has(word)).map((word) => word.replaceAll(".", "\\."));
}

function run(cwd: string, [program = "", ...args]: readonly string[]): string {
  return spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 1 << 28 }).stdout;
}

function shown(text: string): string {
  return text.slice(0, MOST_SHOWN);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
