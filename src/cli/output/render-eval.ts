/** How well a project is searched, for people. */
import type { SearchMode } from "../../graph/search/index.ts";
import { type EvaluationReport, METRICS, type MetricName } from "../../knowledge/index.ts";
import { formatCount, formatModel, formatNumberOf, shortened } from "../../system/index.ts";
import { escaped, oneLine } from "./safe-text.ts";
import { type Column, renderTable } from "./table.ts";
import { type Style, styleFor, type Terminal } from "./terminal.ts";

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

export function renderEval(report: EvaluationReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const { asked } = report;
  const head = [
    style.title(`${formatNumberOf(asked.questions, "question")} asked`),
    style.aside(askedLine(report)),
  ];
  if (asked.questions === 0)
    return [head.join(" "), ...noQuestions(report), ...minimumLines(report, style)].join("\n");
  const blocks = [
    [head.join(" ")],
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
