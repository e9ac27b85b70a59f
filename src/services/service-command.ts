/**
 * What the command line of a service of amalfa looks like.
 *
 * A PID file is only text that anybody can write: a process gets a signal only if what it runs is a service as well (I6). Installations
 * differ in where the program is and in what runs it, so that its name and the sub-command count, not the path.
 */
import { realpathSync } from "node:fs";
import { isAbsolute } from "node:path";

const SUB_COMMANDS: Readonly<Record<string, RegExp>> = {
  watcher: /\swatcher\s(?:.*\s)?run(?:\s|$)/s,
  vector: /\svector\s(?:.*\s)?run(?:\s|$)/s,
  mcp: /\sserve(?:\s|$)/,
};

/** The program as it is installed, linked or run from its source, followed by its arguments. */
const PROGRAM = /(?:^|[\s/])(?:amalfa|cli\.[jt]s)(?=\s)/;

/** Whether a process with this command line runs the service for the project. @param command one text where the system joins the arguments */
export function isServiceCommand(
  command: readonly string[],
  { service, root }: { readonly service: string; readonly root: string },
): boolean {
  const text = command.join(" ");
  const subCommand = Object.hasOwn(SUB_COMMANDS, service) ? SUB_COMMANDS[service] : undefined;
  const program = PROGRAM.exec(text);
  if (subCommand === undefined || program === null) return false;
  if (!subCommand.test(text.slice(program.index + program[0].length))) return false;
  const given = rootOf(command);
  return given === undefined || !isAbsolute(given) || given === root || realPathOf(given) === root;
}

/** Undefined where there is none, or where the arguments cannot be told apart. */
function rootOf(command: readonly string[]): string | undefined {
  const place = command.indexOf("--root");
  if (place !== -1) return command[place + 1];
  return command.find((argument) => argument.startsWith("--root="))?.slice("--root=".length);
}

/** The folder may be gone, as after its deletion under a running service. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
