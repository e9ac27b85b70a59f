#!/usr/bin/env bun
/** The entry point: runs one command, and is the only place that turns an error into an exit status. */
import type { CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { AmalfaError, EXIT } from "./system/index.ts";

if (process.env.AMALFA_LAUNCHER !== undefined) await (await import("./cli/launched.ts")).endWithLauncher();

const args = process.argv.slice(2);
const flags = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
const json = flags.includes("--json");

// What goes wrong outside of the command's own course, as in a timer, would be printed by the runtime as it is.
process.on("uncaughtException", (error) => void report(error).then((status) => process.exit(status)));

let printed = "";
const print = (text: string): void => {
  printed += text;
};

if (asksForVersionOnly()) process.exitCode = await printResult({ version: packageJson.version });
else process.exitCode = (await runProgram()) ?? process.exitCode;

/** The one question that is answered without loading what parses the others, which takes longer than the answer. */
function asksForVersionOnly(): boolean {
  const others = args.filter((arg) => arg !== "--json");
  return others.length === 1 && (others[0] === "--version" || others[0] === "-V");
}

/** The exit status, where it is not the command that has set it. */
async function runProgram(): Promise<number | undefined> {
  try {
    const [{ buildProgram }, { withPresentNames }, { withHelpBehind }] = await Promise.all([
      import("./cli/program.ts"),
      import("./cli/mistyped.ts"),
      import("./cli/arguments.ts"),
    ]);
    const present = withPresentNames(withHelpBehind(args));
    if (present.hint !== undefined && !flags.includes("--quiet")) await tell(`amalfa: ${present.hint}`);
    const program = await buildProgram(present.args, { json, print });
    await program.parseAsync(present.args, { from: "user" });
    return undefined;
  } catch (error) {
    return exitStatusOf(error);
  }
}

async function exitStatusOf(error: unknown): Promise<number> {
  const { CommanderError } = await import("commander");
  if (!(error instanceof CommanderError)) return report(error);
  // Help and version are results; anything else is wrong usage, which commander has explained on stderr by now.
  if (error.exitCode === 0) return printResult(resultOf(error));
  if (!json) {
    const told = await advice(error);
    if (told !== undefined) await tell(`  ${told}`);
    return EXIT.usage;
  }
  const { withNearNamesOnly } = await import("./cli/mistyped.ts");
  const message = withNearNamesOnly(error.message).replace(/^error: /, "");
  const hint = (await advice(error)) ?? "Run the command with --help to see its options.";
  return report(new AmalfaError("usage", message, { hint }));
}

/** Commander has said what it does not know; how to say it all the same is for us to add. */
async function advice(error: CommanderError): Promise<string | undefined> {
  const [{ afterDashes }, { insteadOfGone }, { calledElsewhere, withFewerArguments }] = await Promise.all([
    import("./cli/mistyped.ts"),
    import("./cli/mistyped.ts"),
    import("./cli/another-way.ts"),
  ]);
  return error.code === "commander.unknownCommand"
    ? (insteadOfGone(args) ?? calledElsewhere(args))
    : (withFewerArguments(error, args) ?? afterDashes(error, args));
}

async function tell(line: string): Promise<void> {
  const { writeToStderr } = await import("./cli/output/standard-streams.ts");
  const { escapedLines } = await import("./cli/output/safe-text.ts");
  writeToStderr(`${escapedLines(line)}\n`);
}

function resultOf({ code }: CommanderError): { readonly version: string } | { readonly help: string } {
  return code === "commander.version" ? { version: printed.trim() } : { help: printed };
}

/** Help and version as text, or as the one document that --json asks for. */
async function printResult(
  result: { readonly version: string } | { readonly help: string },
): Promise<number> {
  const { writeToStdout } = await import("./cli/output/standard-streams.ts");
  const text = "version" in result ? `${result.version}\n` : result.help;
  try {
    await writeToStdout(json ? `${JSON.stringify({ ok: true, ...result }, undefined, 2)}\n` : text);
    return 0;
  } catch (error) {
    return report(error);
  }
}

async function report(error: unknown): Promise<number> {
  const { reportError } = await import("./cli/output/result.ts");
  return reportError(error, { json, verbose: flags.includes("--verbose") });
}
