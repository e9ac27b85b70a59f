/**
 * The one way by which results and errors leave the process.
 *
 * stdout is the result (I10): one text or one JSON document, written completely before the process may end, however
 * slowly a pipe is read. A reader that has seen enough (`| head`) is no failure.
 */

import { AmalfaError, type ExitStatus, foreseen, messageOf } from "../../system/index.ts";
import { escapedAsInJson, escapedLines } from "./safe-text.ts";
import { OUTPUT_FAILED, stdoutShape, writeToStderr, writeToStdout } from "./standard-streams.ts";
import { describeTerminal, type Terminal } from "./terminal.ts";

/** How a command was asked to answer. */
export interface OutputOptions {
  readonly json: boolean;
  /** False with `--no-color`. */
  readonly color: boolean;
}

/** Turns a result into text for people. Asynchronous so that its module can be loaded when it is needed. */
export type Renderer<Result> = (result: Result, terminal: Terminal) => string | Promise<string>;

let isDone = false;

/** Whether the result has been written as a whole: what comes after that does not make it undone. */
export function hasWrittenResult(): boolean {
  return isDone;
}

/** Prints a result: with `--json` the object itself, else what the renderer makes of it. */
export async function printReport<Result extends object>(
  options: OutputOptions,
  result: Result,
  render: Renderer<Result>,
): Promise<void> {
  await writeToStdout(await resultText(options, result, render));
  isDone = true;
}

async function resultText<Result extends object>(
  options: OutputOptions,
  result: Result,
  render: Renderer<Result>,
): Promise<string> {
  if (options.json) return `${escapedAsInJson(JSON.stringify(result, undefined, 2))}\n`;
  const terminal = describeTerminal(stdoutShape(), { color: options.color, env: process.env });
  const text = await render(result, terminal);
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

/** Prints results by the renderers of one module, which is loaded when there is text to be made. */
export function printerOf<Module>(load: () => Promise<Module>) {
  return <Result extends object>(
    options: OutputOptions,
    result: Result,
    renderer: (module: Module) => Renderer<Result>,
  ): Promise<void> =>
    printReport(options, result, async (done, terminal) => renderer(await load())(done, terminal));
}

/**
 * Prints an error and answers the exit status to end with. With `--json` it is the document on stdout, else text on
 * stderr. What is no `AmalfaError` is a defect: one line, and its stack with `--verbose`.
 */
export async function reportError(
  error: unknown,
  options: { readonly json: boolean; readonly verbose: boolean },
): Promise<ExitStatus> {
  const { code, message, hint, exit } = describeError(error, options);
  // Only the first line begins at the margin: a name that holds line breaks cannot pass for a message of its own.
  const text = `amalfa: ${message}${hint === undefined ? "" : `\n  ${hint}`}`.replace(/\n(?=\S)/g, "\n  ");
  const asText = `${escapedLines(text)}\n`;
  // Where stdout is what failed, the document has no place to go.
  if (options.json && code !== OUTPUT_FAILED) {
    const body = { code, message, ...(hint === undefined ? {} : { hint }) };
    const document = `${escapedAsInJson(JSON.stringify({ ok: false, error: body }, undefined, 2))}\n`;
    await writeToStdout(document).catch(() => writeToStderr(asText));
  } else {
    writeToStderr(asText);
  }
  if (options.verbose && error instanceof Error && error.stack !== undefined) {
    writeToStderr(`${escapedLines(error.stack)}\n`);
  }
  return exit;
}

interface DescribedError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly exit: ExitStatus;
}

function describeError(error: unknown, options: { readonly verbose: boolean }): DescribedError {
  const known = foreseen(error);
  if (known !== undefined) return known;
  const message = `Something went wrong that amalfa did not foresee: ${messageOf(error).split("\n")[0] ?? ""}`;
  const { hint, exit } = new AmalfaError("internal", message);
  return { code: "internal", message, hint: options.verbose ? undefined : hint, exit };
}
