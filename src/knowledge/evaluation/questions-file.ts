import { whyUnreadable } from "../../ingest/reading/index.ts";
import { readSmallBytes } from "../../system/files/index.ts";
import { AmalfaError, clauseOf, messageOf, shortened, systemErrorCode } from "../../system/index.ts";
import type { Grades } from "./metrics.ts";
import { normal } from "./own-questions.ts";
import type { Question } from "./question.ts";

/** Lines that an error names at most. */
const NAMED = 10;
const MOST_BYTES = 64 * 1024 * 1024;
const HIGHEST_GRADE = 10;

/**
 * The questions of a file, each with the documents that answer it. Throws `eval.questions` (exit 2), which names each
 * line that is wrong.
 *
 * @param find the id of a document by its path, name or title; throws where there is none, or more than one
 */
export function questionsOf(file: string, find: (wanted: string) => string): Question[] {
  const problems: string[] = [];
  const asked = new Map<string, { query: string; grades: Record<string, number> }>();
  const lines = readText(file)
    .replace(/^\uFEFF/, "")
    .split(/\r\n|[\r\n]/);
  for (const [at, line] of lines.entries()) {
    if (line.trim() === "" || (line.startsWith("#") && !line.includes("\t"))) continue;
    try {
      const { query, grades } = readLine(line);
      const known = asked.get(normal(query) || query) ?? {
        query,
        grades: Object.create(null) as Record<string, number>,
      };
      for (const [wanted, grade] of grades) {
        const id = find(wanted);
        known.grades[id] = Math.max(grade, known.grades[id] ?? 0);
      }
      asked.set(normal(query) || query, known);
    } catch (error) {
      problems.push(`line ${at + 1}: ${clauseOf(error)}`);
    }
  }
  if (problems.length > 0) throw wrongLines(file, problems);
  if (asked.size === 0) throw new AmalfaError("eval.questions", `There is no question in ${file}.`);
  const questions = [...asked.values()].filter(({ grades }) =>
    Object.values(grades).some((grade) => grade > 0),
  );
  return questions.map(({ query, grades }) => ({ kind: "file", query, grades: { ...grades }, leftOut: [] }));
}

function wrongLines(file: string, problems: readonly string[]): AmalfaError {
  const more = problems.length > NAMED ? [`and ${problems.length - NAMED} more lines`] : [];
  const listed = [...problems.slice(0, NAMED), ...more].map((problem) => `\n  ${problem}`).join("");
  return new AmalfaError("eval.questions", `${file} has lines that are no questions:${listed}`);
}

function readText(file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readSmallBytes(file, MOST_BYTES));
  } catch (error) {
    const reason = whyNoQuestions(error);
    throw new AmalfaError("eval.questions", `${file} cannot be read as questions: ${reason}.`, {
      cause: error,
    });
  }
}

function whyNoQuestions(error: unknown): string {
  if (/^(?:ENOENT|ENOTDIR)$/.test(systemErrorCode(error) ?? "")) return "there is no such file";
  return error instanceof TypeError ? "it is not UTF-8" : whyUnreadable(error);
}

interface Line {
  readonly query: string;
  readonly grades: readonly (readonly [document: string, grade: number])[];
}

/** A question may be a pasted error that begins as JSON does: with a tab and a document behind it, it is text. */
function readLine(line: string): Line {
  if (!line.trimStart().startsWith("{")) return readFields(line);
  try {
    return readObject(JSON.parse(line) as Record<string, unknown>);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (line.includes("\t")) return readFields(line);
    throw new Error(`it is not valid JSON: ${messageOf(error).replace(/^JSON Parse error: /, "")}`);
  }
}

function readFields(line: string): Line {
  const [query = "", ...documents] = line.split("\t").map((field) => field.trim());
  const named = documents.filter((document) => document !== "");
  if (query === "") throw new Error("there is no question before the tab");
  if (named.length === 0) throw new Error("expected a question, a tab and the path of a document");
  return { query, grades: named.map((document) => [document, 1]) };
}

function readObject(value: Readonly<Record<string, unknown>>): Line {
  const { question, query = question, document, documents = document } = value;
  if (typeof query !== "string" || query.trim() === "") throw new Error('"question" is no text');
  const grades = readGrades(documents);
  if (grades.length === 0) throw new Error('"document" or "documents" names no document');
  return { query: query.trim(), grades };
}

function readGrades(documents: unknown): (readonly [string, number])[] {
  if (typeof documents === "string") return documents.trim() === "" ? [] : [[documents, 1]];
  if (Array.isArray(documents)) {
    return documents.map((each) => {
      if (typeof each !== "string" || each.trim() === "")
        throw new Error('"documents" has something that is no path');
      return [each, 1] as const;
    });
  }
  if (typeof documents !== "object" || documents === null) return [];
  return Object.entries(documents as Grades).map(([id, grade]) => {
    if (typeof grade !== "number" || !(grade >= 0 && grade <= HIGHEST_GRADE))
      throw new Error(`the grade of ${shortened(id, 60)} is no number from 0 to ${HIGHEST_GRADE}`);
    return [id, grade] as const;
  });
}
