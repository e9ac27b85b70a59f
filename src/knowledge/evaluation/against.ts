import type { SearchMode } from "../../graph/search/index.ts";
import { readSmallFile } from "../../system/files/index.ts";
import { AmalfaError, clauseOf, messageOf } from "../../system/index.ts";
import { SEARCH_MODES } from "../limits.ts";
import { type Differences, differencesOf } from "./figures.ts";
import { normal } from "./own-questions.ts";
import type { JudgedQuestion, Outcome, Outcomes } from "./question.ts";

export interface Earlier {
  readonly model: string | null;
  readonly questions: readonly Pick<JudgedQuestion, "kind" | "query" | "outcomes">[];
}

export type Against = { readonly file: string } & (
  | (Earlier & { readonly kind: "report" })
  | { readonly kind: "settings" }
);

export interface ComparedReport {
  readonly file: string;
  readonly kind: Against["kind"];
  readonly model: string | null;
  /** Questions that both have, and those that only this evaluation has. */
  readonly paired: number;
  readonly unpaired: number;
  /** This evaluation less the other; null where no question was asked in both. */
  readonly modes: Readonly<Partial<Record<SearchMode, Differences>>>;
}

/** Tells a report from settings. Throws `eval.against` (exit 2) where it can be neither. */
export function readAgainst(file: string): Against {
  const text = readText(file);
  const value = parsed(text);
  if (value === undefined && /\.json$/i.test(file)) throw neither(file, whyNoJson(text));
  // Settings that are a program are no JSON.
  if (value === undefined) return { kind: "settings", file };
  if (!isRecord(value)) throw neither(file, "it holds no JSON object");
  if (!("ok" in value)) return { kind: "settings", file };
  const { questions, model } = value;
  if (Array.isArray(questions) && questions.length === 0)
    throw new AmalfaError("eval.against", `${file} is a report of an evaluation without a question.`);
  if (Array.isArray(questions) && questions.every(isJudged))
    return { kind: "report", file, model: typeof model === "string" ? model : null, questions };
  throw new AmalfaError(
    "eval.against",
    `${file} is no report of an evaluation, though another one of amalfa's.`,
  );
}

/** As of questions. */
const MOST_BYTES = 64 * 2 ** 20;

function readText(file: string): string {
  try {
    return readSmallFile(file, MOST_BYTES).replace(/^\uFEFF/, "");
  } catch (error) {
    throw new AmalfaError("eval.against", `${file} cannot be read: ${clauseOf(error)}.`, { cause: error });
  }
}

function neither(file: string, why: string): AmalfaError {
  return new AmalfaError(
    "eval.against",
    `${file} is neither a report of an evaluation nor settings: ${why}.`,
  );
}

function whyNoJson(text: string): string {
  if (text.trim() === "") return "it is empty";
  try {
    JSON.parse(text);
    return "it is not JSON";
  } catch (error) {
    return `it is not JSON (${messageOf(error).replace(/^JSON Parse error: /, "")})`;
  }
}

/** What is no JSON may be settings that are a program; settings say themselves what is wrong with them. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Compares by questions, which are the same where kind and words are. */
export function compareWith(
  earlier: Earlier,
  questions: readonly JudgedQuestion[],
  modes: readonly SearchMode[],
): Omit<ComparedReport, "file" | "kind"> {
  const keyOf = ({ kind, query }: Pick<JudgedQuestion, "kind" | "query">): string =>
    `${kind} ${normal(query) || query}`;
  const before = new Map(earlier.questions.map((each) => [keyOf(each), each.outcomes]));
  const paired = questions.flatMap((each) => {
    const known = before.get(keyOf(each));
    return known === undefined ? [] : [{ before: known, after: each.outcomes }];
  });
  const differences = modes.map((mode) => {
    const both = paired.flatMap((pair) => bothOutcomes(pair, mode));
    return [
      mode,
      differencesOf(
        both.map(([old]) => old),
        both.map(([, now]) => now),
      ),
    ] as const;
  });
  return {
    model: earlier.model,
    paired: paired.length,
    unpaired: questions.length - paired.length,
    modes: Object.fromEntries(differences),
  };
}

function bothOutcomes(
  { before, after }: { readonly before: Outcomes; readonly after: Outcomes },
  mode: SearchMode,
): [Outcome, Outcome][] {
  const [old, now] = [before[mode], after[mode]];
  return old === undefined || now === undefined ? [] : [[old, now]];
}

function isJudged(value: unknown): value is Earlier["questions"][number] {
  return (
    isRecord(value) &&
    typeof value.query === "string" &&
    typeof value.kind === "string" &&
    isRecord(value.outcomes) &&
    areOutcomes(value.outcomes)
  );
}

function areOutcomes(outcomes: Readonly<Record<string, unknown>>): boolean {
  return SEARCH_MODES.every((mode) => outcomes[mode] === undefined || isOutcome(outcomes[mode]));
}

function isOutcome(value: unknown): value is Outcome {
  if (!isRecord(value)) return false;
  const { rank, ndcg } = value;
  const isRank = rank === null || (typeof rank === "number" && Number.isInteger(rank) && rank >= 1);
  return isRank && typeof ndcg === "number" && ndcg >= 0 && ndcg <= 1;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
