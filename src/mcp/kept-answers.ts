/**
 * Searches that were answered, kept for as long as they are true: while every walk of the files finds all as the one
 * did that they were made after, and nobody has written to the graph.
 *
 * Many agents of one project ask the same, and one agent asks again. Each call still waits for a walk that began after
 * it came (I13); only what would be found once more is not looked for again.
 */
import { type Checked, type GraphStamp, loadHolding } from "../knowledge/index.ts";
import type { ToolAnswer, ToolCall } from "./protocol.ts";
import type { ToolContext } from "./tool.ts";

const { cameAt, graphStamp, isSameGraph, templateFolders } = await loadHolding();

/** Of each project. */
const MOST_KEPT = 256;
/** Longer ones would be a burden to keep. */
const LONGEST_CALL = 2_000;
const LONGEST_ANSWER = 100_000;

/** What else may be asked for depends on more than documents: on the history of a repository, or on what day it is. */
const KEPT_ARGUMENTS: ReadonlySet<string> = new Set([
  "query",
  "budget",
  "limit",
  "mode",
  "tag",
  "type",
  "lang",
]);

interface Kept {
  readonly graph: GraphStamp;
  readonly answer: ToolAnswer;
}

/** A check that found nothing else than the one before is the very same object. */
const answersAfter = new WeakMap<Checked, Map<string, Kept>>();

/** What `make` answers, or has answered. @param make answers in the context that it is given */
export async function answerOnce(
  context: ToolContext,
  call: ToolCall,
  make: (context: ToolContext) => Promise<ToolAnswer>,
): Promise<ToolAnswer> {
  const key = keyOf(context, call);
  if (key === undefined) return make(context);
  const here = { ...context, fresh: cameAt(context.fresh, context.fresh.guard.walksBegun()) };
  const before = await stateOf(here);
  if (before === undefined) return make(here);
  const kept = answersAfter.get(before.checked);
  const found = kept?.get(key);
  if (found !== undefined && isSameGraph(found.graph, before.graph)) return found.answer;
  const answer = await make(here);
  const after = await stateOf(here);
  if (after?.checked === before.checked && isSameGraph(after.graph, before.graph) && isWorthKeeping(answer))
    keep(before.checked, key, { graph: after.graph, answer });
  return answer;
}

interface State {
  readonly checked: Checked;
  readonly graph: GraphStamp;
}

/** Undefined where files and graph are not the same, or it cannot be told; whoever answers says what is wrong. */
async function stateOf({ fresh, graph }: ToolContext): Promise<State | undefined> {
  try {
    const checked = await fresh.guard.check();
    if (checked.freshness.state !== "current") return undefined;
    return { checked, graph: graph.use(({ db }) => graphStamp(db)) };
  } catch {
    return undefined;
  }
}

function keyOf({ project }: ToolContext, { name, arguments: given }: ToolCall): string | undefined {
  if (name !== "search_documents") return undefined;
  if (!Object.keys(given).every((each) => KEPT_ARGUMENTS.has(each))) return undefined;
  const asked = JSON.stringify(given);
  if (asked.length > LONGEST_CALL) return undefined;
  // Which documents are templates is for settings to say that are no documents.
  return JSON.stringify([asked, templateFolders(project.root)]);
}

function isWorthKeeping({ result: { isError, content, structuredContent } }: ToolAnswer): boolean {
  const [text] = content;
  const isPending = (structuredContent as { pending?: unknown } | undefined)?.pending !== undefined;
  return isError !== true && !isPending && text?.type === "text" && text.text.length <= LONGEST_ANSWER;
}

function keep(checked: Checked, key: string, answered: Kept): void {
  const kept = answersAfter.get(checked) ?? new Map<string, Kept>();
  answersAfter.set(checked, kept);
  kept.delete(key);
  kept.set(key, answered);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
}
