/** Results added up, as the table of a page. */
import type { CaseResult } from "./case.ts";
import { KINDS } from "./kinds/index.ts";

/** What a run was, beside its cases. */
export interface RunHead {
  readonly seed: number;
  readonly started: string;
  readonly minutes: number;
  readonly version: string;
  readonly platform: string;
}

const BEGIN = "<!-- counts: written by `bun run faults --report` -->";
const END = "<!-- end of counts -->";

/** A page with the table in the place of the one it has. */
export function withCounts(page: string, table: string): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`The page has no place for the counts: ${BEGIN} … ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n${table}\n${page.slice(to)}`;
}

export function countsOf(head: RunHead, results: readonly CaseResult[]): string {
  const violations = results.filter(({ faults }) => faults.length > 0).length;
  const commands = results.reduce((sum, { commands: count }) => sum + count, 0);
  const intro =
    `${number(results.length)} cases with ${number(commands)} commands in ${head.minutes} minutes, seed ${head.seed}, ` +
    `begun ${head.started}: amalfa ${head.version} on ${head.platform}. ${violationsOf(violations)}`;
  const rows = KINDS.flatMap(({ name, about }) => {
    const cases = results.filter(({ kind }) => kind === name);
    return cases.length === 0 ? [] : [rowOf(name, about, cases)];
  });
  return [
    "",
    intro,
    "",
    "| kind | what happens | cases | commands | the graph afterwards | put right by | violations |",
    "|---|---|--:|--:|---|---|--:|",
    ...rows,
    "",
  ].join("\n");
}

function violationsOf(count: number): string {
  if (count === 0) return "No violation.";
  return count === 1 ? "One case with a violation." : `${number(count)} cases with violations.`;
}

function rowOf(name: string, about: string, cases: readonly CaseResult[]): string {
  const states = counted(cases.map(({ state }) => STATE_WORDS[state]));
  const steps = counted(
    cases.map(({ steps: taken }) => (taken.length === 0 ? "nothing" : taken.map(brief).join(", then "))),
  );
  const commands = cases.reduce((sum, { commands: count }) => sum + count, 0);
  const violations = cases.filter(({ faults }) => faults.length > 0).length;
  return `| \`${name}\` | ${about} | ${number(cases.length)} | ${number(commands)} | ${states} | ${steps} | ${violations} |`;
}

const STATE_WORDS: Readonly<Record<CaseResult["state"], string>> = {
  old: "old",
  new: "new",
  pending: "new, vectors pending",
  between: "of the moment",
  none: "none",
  damaged: "damaged",
};

function brief(step: string): string {
  return step.startsWith("amalfa ") ? `\`${step.slice("amalfa ".length)}\`` : step;
}

/** Words by how often they come, the most frequent first; those that are rare together. */
function counted(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const others = sorted.slice(4).reduce((sum, [, count]) => sum + count, 0);
  return [
    ...sorted.slice(0, 4).map(([word, count]) => `${word} ${number(count)}`),
    ...(others === 0 ? [] : [`others ${number(others)}`]),
  ].join("; ");
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
