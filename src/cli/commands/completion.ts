/** `amalfa completion`: the script that a shell reads, and what it asks for afterwards. */
import { posix, relative, resolve, sep } from "node:path";
import { Argument, Command } from "commander";
import type { Candidate, ValueKind } from "../completion/candidates.ts";
import { SCRIPTS, SHELLS, type Shell } from "../completion/scripts.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf, startingPoint } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped } from "../output/safe-text.ts";

/** More than anybody reads through; a longer beginning finds the others. */
const MOST_VALUES = 500;

/** Builds the program with the command that words name, or with all; handed in, since the program has this command. */
export type BuildFor = (words: readonly string[]) => Promise<Command>;

export function completionCommand(buildFor: BuildFor): Command {
  const command = new Command("completion")
    .description("print what a shell needs to complete commands, options and ids")
    .addArgument(new Argument("<shell>", "whose script").choices(SHELLS))
    .argument("[words...]", "after --: the words of a command line; prints how the last one can be completed")
    .action(async (shell: Shell, words: readonly string[]) =>
      run(shell, words, { ...invocationOf(command), buildFor }),
    );
  return addHelp(command, {
    examples: [
      "source <(amalfa completion bash)",
      "source <(amalfa completion zsh)",
      "amalfa completion fish | source",
      "amalfa completion powershell | Out-String | Invoke-Expression",
    ],
  });
}

interface Completing extends Invocation {
  readonly buildFor: BuildFor;
}

async function run(shell: Shell, words: readonly string[], invocation: Completing): Promise<void> {
  if (words.length === 0) {
    const script = SCRIPTS[shell];
    return printReport(invocation, { ok: true, shell, script }, () => script);
  }
  const { typedWords } = await import("../completion/candidates.ts");
  const { before, current, kept } = typedWords(shell, words);
  const found = (await candidatesFor(before, current, invocation)).filter(isPlain);
  const shown = found.map(({ value, description }) => ({ value: value.slice(kept.length), description }));
  await printReport(invocation, { ok: true, shell, candidates: shown }, () =>
    shown
      .map(({ value, description }) => (shell === "bash" ? value : `${value}\t${description}`.trimEnd()))
      .join("\n"),
  );
}

async function candidatesFor(
  before: readonly string[],
  current: string,
  invocation: Completing,
): Promise<readonly Candidate[]> {
  const { candidates } = await import("../completion/candidates.ts");
  // Only the command that is typed is loaded, except where its name is what is typed.
  const program = await invocation.buildFor(before);
  const root = rootIn(before) ?? invocation.root;
  const values = (kind: ValueKind, prefix: string): Promise<readonly Candidate[]> =>
    // A person who types is told nothing of what is wrong: the command will say it.
    valuesOf(kind, prefix, { ...invocation, root, quiet: true }).catch(() => []);
  return candidates({ program, before, current, values });
}

function rootIn(words: readonly string[]): string | undefined {
  const at = words.indexOf("--root");
  return at >= 0 ? words[at + 1] : words.find((word) => word.startsWith("--root="))?.slice("--root=".length);
}

async function valuesOf(kind: ValueKind, prefix: string, invocation: Completing): Promise<Candidate[]> {
  switch (kind) {
    case "check": {
      const { loadChecks } = await import("../../maintenance/doctor/checks/index.ts");
      return (await loadChecks()).map(({ id, title }) => ({ value: id, description: title }));
    }
    case "model": {
      const { CATALOGUE, readModelRecords } = await import("../../project/index.ts");
      const added = readModelRecords().filter(({ name }) => CATALOGUE.every((entry) => entry.name !== name));
      return [...CATALOGUE, ...added].map(({ name, dimensions, maxTokens }) => ({
        value: name,
        description: `${dimensions} dimensions, ${maxTokens} tokens`,
      }));
    }
    case "command": {
      const { commands } = await invocation.buildFor([]);
      return commands.map((each) => ({ value: each.name(), description: each.description() }));
    }
    case "document":
      return (await documents(prefix, invocation)).map((value) => ({ value, description: "" }));
    default: {
      const project = await projectOf(invocation);
      const { valuesByBeginning } = await (await import("../../knowledge/index.ts")).loadValuesByBeginning();
      const found = valuesByBeginning(project, kind, { beginning: prefix, limit: MOST_VALUES });
      return found.map((value) => ({ value, description: "" }));
    }
  }
}

/**
 * Ids that begin with what is typed. After `./` and `../` they are paths from here, as a name is that begins with a
 * dash, which would otherwise be an option.
 */
async function documents(typed: string, invocation: Invocation): Promise<string[]> {
  const project = await projectOf(invocation);
  const { valuesByBeginning } = await (await import("../../knowledge/index.ts")).loadValuesByBeginning();
  const { fromHere } = await import("../completion/candidates.ts");
  const here = relative(startingPoint(project.root), project.root).split(sep).join("/");
  const ids = (beginning: string) =>
    valuesByBeginning(project, "document", { beginning, limit: MOST_VALUES });
  const [dots] = /^(?:\.\.?\/)+/.exec(typed) ?? [];
  if (dots === undefined)
    return ids(typed).map((id) => (id.startsWith("-") ? fromHere(posix.join(here, id)) : id));
  const start = relative(project.root, resolve(startingPoint(project.root), dots))
    .split(sep)
    .join("/");
  if (start.startsWith("..")) return [];
  const above = start === "" ? "" : `${start}/`;
  return ids(`${above}${typed.slice(dots.length)}`).map((id) => `${dots}${id.slice(above.length)}`);
}

/**
 * A shell takes one line for one candidate, and shows it as it is: escape sequences, line breaks and marks that turn
 * the direction of a line are no candidates.
 */
function isPlain({ value }: Candidate): boolean {
  return escaped(value) === value && !/[\u2028\u2029]/.test(value);
}
