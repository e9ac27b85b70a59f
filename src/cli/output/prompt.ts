/**
 * Asking a person. What is asked goes to stderr, since stdout is the result (I10). Loads @inquirer/prompts when it
 * asks.
 */
import { interrupted } from "../../system/index.ts";

/** Whether there is somebody to ask: a terminal to read from and one to write to. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks a yes-or-no question whose default is No. Throws `interrupted` on Ctrl-C, on Ctrl-D, and when the terminal
 * goes away.
 */
export async function askForYes(message: string): Promise<boolean> {
  const { confirm } = await import("@inquirer/prompts");
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  const onKey = (_text: unknown, key?: { readonly ctrl?: boolean; readonly name?: string }): void => {
    if (key?.ctrl === true && key.name === "d") leave();
  };
  process.stdin.on("keypress", onKey);
  process.stdin.once("end", leave);
  process.stdin.once("close", leave);
  process.stdin.once("error", leave);
  process.once("SIGHUP", leave);
  try {
    return await confirm(
      { message, default: false },
      { output: process.stderr, signal: gone.signal, clearPromptOnDone: false },
    );
  } catch (error) {
    if (error instanceof Error && /^(ExitPromptError|AbortPromptError)$/.test(error.name)) {
      throw interrupted("The question");
    }
    throw error;
  } finally {
    process.stdin.off("end", leave).off("close", leave).off("error", leave).off("keypress", onKey);
    process.off("SIGHUP", leave);
  }
}
