/** `amalfa eval`: how well one's own notes are searched. */

import { Command, InvalidArgumentError, Option } from "commander";
import type { SearchMode } from "../../graph/search/index.ts";
import {
  type EvaluationReport,
  METRICS,
  type MetricName,
  type Minimum,
  readMinimum,
  SEARCH_MODES,
} from "../../knowledge/index.ts";
import { EXIT, formatCount, formatModel, formatNumberOf, shortened } from "../../system/index.ts";
import { wholeNumber } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { type Invocation, interruptSignal, invocationOf, openedProject, placeNamed } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped, oneLine } from "../output/safe-text.ts";
import { type Column, renderTable } from "../output/table.ts";
import { type Style, styleFor, type Terminal } from "../output/terminal.ts";
import { addRefreshOption, type FreshFlags, sayFreshness } from "../refresh-option.ts";

interface EvalFlags extends FreshFlags {
  readonly questions?: string;
  readonly queries?: number;
  readonly seed: number;
  readonly mode?: SearchMode[];
  readonly settings?: string;
  readonly against?: string;
  readonly min?: Minimum[];
}

export function evalCommand(): Command {
  const command = new Command("eval")
    .description("measure how well search finds things in your notes, by questions that they answer")
    .option(
      "--questions <file>",
      "ask these instead: on each line a question, a tab and the document",
      placeOf,
    )
    .option(
      "--queries <n>",
      "questions to ask at most; 200 of your own notes by default",
      wholeNumber(1, 100_000),
    )
    .option("--seed <n>", "chooses which questions are asked, if there are more", wholeNumber(0, 2 ** 31), 1)
    .addOption(
      new Option("--mode <mode>", "only this mode; may be repeated")
        .argParser(modes)
        .default(undefined, "all"),
    )
    .option("--settings <file>", "judge a temporary graph that is made with these settings", placeOf)
    .option("--against <file>", "compare with an earlier --json report, or with other settings", placeOf)
    .option(
      "--min <mode.metric=value>",
      "end with status 1 if the figure is lower; may be repeated",
      minimum,
    );
  addRefreshOption(command).action(async (flags: EvalFlags) => run(flags, invocationOf(command)));
  command.addHelpText(
    "after",
    `\nMetrics, from 0 to 1: ${METRICS.join(", ")}.\n` +
      "mrr is the mean of 1 / the place of the first right document, hit3 the part of\n" +
      "the questions with one among the first three, ndcg10 counts all of them.",
  );
  return addHelp(command, {
    examples: [
      "amalfa eval",
      "amalfa eval --json > before.json",
      "amalfa eval --against before.json --min hybrid.mrr=0.5",
      "amalfa eval --questions questions.tsv --mode hybrid",
      "amalfa eval --against other.settings.json",
    ],
    exits: ["busy", "interrupted"],
  });
}

/** From where the command was called. */
function placeOf(file: string): string {
  if (file.trim() === "") throw new InvalidArgumentError("Expected a file; the name given is empty.");
  return placeNamed(file);
}

function modes(text: string, before: readonly SearchMode[] = []): SearchMode[] {
  const mode = SEARCH_MODES.find((each) => each === text);
  if (mode === undefined) throw new InvalidArgumentError(`Expected one of ${SEARCH_MODES.join(", ")}.`);
  return before.includes(mode) ? [...before] : [...before, mode];
}

function minimum(text: string, before: readonly Minimum[] = []): Minimum[] {
  const read = readMinimum(text);
  if (read !== undefined) return [...before, read];
  throw new InvalidArgumentError(
    `Expected a mode, a metric and a number from 0 to 1, such as hybrid.mrr=0.5; metrics are ${METRICS.join(", ")}.`,
  );
}

async function run(flags: EvalFlags, invocation: Invocation): Promise<void> {
  const started = performance.now();
  const signal = interruptSignal();
  const { mode, min, ...request } = flags;
  await using project = await openedProject(invocation);
  const report = await project.evaluate({ ...request, modes: mode, minimum: min, signal });
  const ok = report.minimum.every(({ met }) => met);
  const result = { ok, ...report, durationMs: Math.round(performance.now() - started) };
  await printReport(invocation, result, renderEval);
  sayFreshness(invocation, report);
  if (!ok) process.exitCode = EXIT.failed;
}

/* How well a project is searched, for people. */

const NAMES: Readonly<Record<MetricName, string>> = {
  mrr: "MRR",
  ndcg10: "nDCG@10",
  hit1: "hit@1",
  hit3: "hit@3",
  hit10: "hit@10",
};
const KINDS = {
  link: ["link text", "link texts"],
  heading: ["heading", "headings"],
  alias: ["alias", "aliases"],
  file: ["question", "questions"],
} as const;

/** Questions that were not found, of which so many are shown. */
const SHOWN = 5;
const QUESTION_WIDTH = 60;

function renderEval(report: EvaluationReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const { asked } = report;
  const head = [
    style.title(`${formatNumberOf(asked.questions, "question")} asked`),
    style.aside(askedLine(report)),
  ];
  if (asked.questions === 0)
    return [head.join(" "), ...noQuestions(report), ...minimumLines(report, style)].join("\n");
  const blocks = [
    [head.join(" "), ...fewLines(report, style)],
    indented(figureRows(report), style),
    indented(kindRows(report), style),
    comparisonLines(report, style),
    notFoundLines(report, style),
    minimumLines(report, style),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function askedLine({ asked, seed }: EvaluationReport): string {
  const kinds = (["link", "heading", "alias", "file"] as const).flatMap((kind) => {
    const count = asked.kinds[kind];
    const [one, many] = KINDS[kind];
    return count === undefined ? [] : [formatNumberOf(count, one, many)];
  });
  const chosen =
    asked.available > asked.questions ? [`of ${formatCount(asked.available)}, seed ${seed}`] : [];
  const missing =
    asked.unanswerable === 0
      ? []
      : [`${formatCount(asked.unanswerable)} of them with no right document in the graph`];
  const unreadable =
    asked.unreadable.length === 0 ? [] : [`${formatNumberOf(asked.unreadable.length, "file")} not read`];
  const parts = [...chosen, ...kinds, ...missing, ...unreadable];
  return parts.length === 0 ? "" : `(${parts.join(", ")})`;
}

/** With so few the interval of a figure is as good as none: seven questions that are all answered make 1 (1–1). */
const FEW_QUESTIONS = 30;

function fewLines({ asked: { questions } }: EvaluationReport, style: Style): string[] {
  if (questions >= FEW_QUESTIONS) return [];
  const said = questions === 1 ? "One question says" : "So few questions say";
  return [
    style.warning(
      `${said} little, whatever the figures: write more into a file and give it with --questions.`,
    ),
  ];
}

function noQuestions({ asked: { leftOut } }: EvaluationReport): string[] {
  const { names, ambiguous, wordless } = leftOut;
  const left = names + ambiguous + wordless;
  const why =
    left === 0
      ? "The documents have no links, headings or aliases to ask by."
      : "Links, headings and aliases make no questions here. Left out: " +
        `names of documents (${names}), what leads to several (${ambiguous}), what says nothing (${wordless}).`;
  return [why, "Write questions and their documents into a file and give it with --questions."];
}

const FIRST: Column = {};
const NUMBER: Column = { align: "right" };

function indented(rows: readonly (readonly string[])[], style: Style): string[] {
  if (rows.length < 2) return [];
  const columns = [FIRST, ...METRICS.map(() => NUMBER)];
  const [head = "", ...lines] = renderTable(columns, rows, Number.POSITIVE_INFINITY);
  return [`  ${style.aside(head)}`, ...lines.map((line) => `  ${line}`)];
}

function modesOf(report: EvaluationReport): SearchMode[] {
  return Object.keys(report.modes) as SearchMode[];
}

/** Each figure with the middle 95 % of what it would be for other questions. */
function figureRows(report: EvaluationReport): string[][] {
  const rows = modesOf(report).map((mode) => [
    mode,
    ...METRICS.map((metric) => {
      const figure = report.modes[mode]?.[metric];
      if (figure == null) return "-";
      const [low, high] = figure.interval.map(shownValue);
      return `${shownValue(figure.value)} (${low}–${high})`;
    }),
  ]);
  return [["", ...METRICS.map((metric) => NAMES[metric])], ...rows];
}

/** Where there are several kinds, each by itself: they are not equally hard. */
function kindRows(report: EvaluationReport): string[][] {
  const kinds = Object.keys(report.asked.kinds) as (keyof typeof KINDS)[];
  if (kinds.length < 2) return [];
  const rows = modesOf(report).flatMap((mode) =>
    kinds.map((kind) => [
      `${mode}, by ${KINDS[kind][0]}`,
      ...METRICS.map((metric) => {
        const figure = report.modes[mode]?.kinds[kind]?.[metric];
        return figure == null ? "-" : shownValue(figure.value);
      }),
    ]),
  );
  return [["", ...METRICS.map((metric) => NAMES[metric])], ...rows];
}

function comparisonLines({ against, ...report }: EvaluationReport, style: Style): string[] {
  if (against === undefined) return [];
  const { file, paired, unpaired, model } = against;
  const other = model !== null && model !== report.model ? `, model ${escaped(formatModel(model))}` : "";
  const rest = unpaired === 0 ? "" : `, ${formatCount(unpaired)} only now`;
  const head = `${style.title("against")} ${style.reference(escaped(file))} ${style.aside(
    `(${formatNumberOf(paired, "question")} in both${rest}${other})`,
  )}`;
  if (paired === 0)
    return [head, "  No question was asked in both; use the same questions and the same seed."];
  const rows = (Object.keys(against.modes) as SearchMode[]).map((mode) => [
    mode,
    ...METRICS.map((metric) => {
      const difference = against.modes[mode]?.[metric];
      return difference == null ? "-" : `${signed(difference.difference)} ${VERDICTS[difference.verdict]}`;
    }),
  ]);
  return [head, ...indented([["", ...METRICS.map((metric) => NAMES[metric])], ...rows], style)];
}

const VERDICTS = { better: "better", worse: "WORSE", same: "may be chance" } as const;

/** What people look at next. */
function notFoundLines(report: EvaluationReport, style: Style): string[] {
  const mode = modesOf(report)[0];
  if (mode === undefined) return [];
  const missed = report.questions.filter(({ outcomes }) => outcomes[mode]?.rank === null);
  if (missed.length === 0) return [];
  const lines = missed.slice(0, SHOWN).map(({ query, documents }) => {
    const asked = oneLine(shortened(query, QUESTION_WIDTH));
    return `  ${asked} ${style.aside("→")} ${style.reference(documents.map((id) => escaped(id)).join(", "))}`;
  });
  const more =
    missed.length > SHOWN
      ? [style.aside(`  and ${formatCount(missed.length - SHOWN)} more; --json has all`)]
      : [];
  return [style.title(`not among the first ten (${mode})`), ...lines, ...more];
}

function minimumLines({ minimum }: EvaluationReport, style: Style): string[] {
  return minimum.map(({ mode, metric, least, value, met }) => {
    const reached = value === null ? "nothing was asked" : value.toFixed(4);
    const line = `${mode}.${metric}: ${reached}, at least ${least}: ${met ? "met" : "missed"}`;
    return met ? style.good(line) : style.bad(line);
  });
}

function shownValue(value: number): string {
  return value.toFixed(3);
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}
