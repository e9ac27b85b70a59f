/** The real program in a real pseudo-terminal. */
import { CLI } from "./amalfa.ts";
import { until } from "./until.ts";

export interface TerminalSession extends AsyncDisposable {
  /** Everything shown so far, without control sequences. */
  readonly shown: () => string;
  readonly type: (text: string) => void;
  /** Takes the terminal away, as closing a window does. */
  readonly hangUp: () => void;
  /** The exit status; 128 and the signal's number after a signal. */
  readonly exited: Promise<number>;
}

export function amalfaInTerminal(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): TerminalSession {
  let output = "";
  const decoder = new TextDecoder();
  const terminal = new Bun.Terminal({
    cols: 160,
    rows: 40,
    data: (_terminal, data) => {
      output += decoder.decode(data, { stream: true });
    },
  });
  const env = { ...process.env, NO_COLOR: "1", ...options.env };
  const child = Bun.spawn([process.execPath, CLI, ...args], { cwd: options.cwd, env, terminal });
  return {
    shown: () => output.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, ""),
    type: (text) => void terminal.write(text),
    hangUp: () => terminal.close(),
    exited: child.exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill("SIGKILL");
      await child.exited;
      if (!terminal.closed) terminal.close();
    },
  };
}

/** Waits until the terminal shows a text. */
export function shows(session: TerminalSession, text: string): Promise<void> {
  return until(() => session.shown().includes(text), { what: `"${text}" on the terminal` });
}
