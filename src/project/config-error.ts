/**
 * One error for everything that can be wrong with the settings, listing all of it at once, so that nobody has to
 * correct a file one message at a time.
 */
import { AmalfaError, EXIT, formatNumberOf } from "../system/index.ts";

/** One thing that is wrong with a settings file. */
export interface ConfigProblem {
  /** The key, as in `watch.debounce` or `sources[2]`; empty when the file as a whole is meant. */
  readonly key: string;
  /** What was expected there, and what was found. */
  readonly message: string;
  /** What to do where no text of the file is at fault, as a step that the doctor may end with. */
  readonly first?: string;
}

/** Nobody corrects more at a time; a file that is no settings file at all may have thousands. */
export const MOST_LISTED = 20;

/** The first problems, and how many others there are. */
export function listedProblems(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const others = problems.length - MOST_LISTED;
  if (others <= 0) return problems;
  const message = `${formatNumberOf(others, "other problem")} ${others === 1 ? "is" : "are"} not listed`;
  return [...problems.slice(0, MOST_LISTED), { key: "", message }];
}

/** The settings cannot be used. Exit status 2, code `config.invalid`. */
export class ConfigError extends AmalfaError {
  /** Absolute path of the settings file. */
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(
    file: string,
    problems: readonly ConfigProblem[],
    hint = "Correct the file and run the command again.",
  ) {
    super("config.invalid", describeProblems(file, problems), { hint, exit: EXIT.usage });
    this.file = file;
    this.problems = problems;
  }
}

function describeProblems(file: string, problems: readonly ConfigProblem[]): string {
  const lines = listedProblems(problems).map(({ key, message }) =>
    key === "" ? message : `${key}: ${message}`,
  );
  if (lines.length === 1) return `${file}: ${lines[0]}`;
  return `${file} has ${formatNumberOf(problems.length, "problem")}:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
