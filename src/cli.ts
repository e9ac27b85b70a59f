#!/usr/bin/env bun
/** The entry point: runs one command, and is the only place that turns an error into an exit status. */
import { CommanderError } from "commander";
import { buildProgram } from "./cli/program.ts";
import { AmalfaError, EXIT } from "./errors.ts";

const args = process.argv.slice(2);
const flags = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
const json = flags.includes("--json");

let printed = "";
const print = (text: string): void => {
  printed += text;
};

try {
  await buildProgram({ json, print }).parseAsync(args, { from: "user" });
} catch (error) {
  process.exitCode = await exitStatusOf(error);
}

async function exitStatusOf(error: unknown): Promise<number> {
  const { reportError } = await import("./cli/output/result.ts");
  const options = { json, verbose: flags.includes("--verbose") };
  if (!(error instanceof CommanderError)) return reportError(error, options);
  // Help and version are results; anything else is wrong usage, which commander has explained on stderr by now.
  if (error.exitCode === 0) {
    const { writeToStdout } = await import("./cli/output/standard-streams.ts");
    return writeToStdout(json ? asDocument(error) : printed).then(
      () => 0,
      (failure: unknown) => reportError(failure, options),
    );
  }
  if (!json) return EXIT.usage;
  const message = error.message.replace(/^error: /, "");
  const hint = "Run the command with --help to see its options.";
  return reportError(new AmalfaError("usage", message, { hint, exit: EXIT.usage }), options);
}

/** Help and version as the one document that --json asks for. */
function asDocument({ code }: CommanderError): string {
  const result = code === "commander.version" ? { version: printed.trim() } : { help: printed };
  return `${JSON.stringify({ ok: true, ...result }, undefined, 2)}\n`;
}
