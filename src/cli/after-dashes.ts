/**
 * What to type where an argument that is no option begins with a dash: a flag that is searched for, a file of an odd
 * name.
 */
import type { CommanderError } from "commander";
import { escaped } from "./output/safe-text.ts";

/** Commands that take text which may begin with anything. */
const TAKES_TEXT = new Set(["search", "read", "explore", "inject-tags"]);
const CODES = new Set([
  "commander.unknownOption",
  "commander.missingArgument",
  "commander.optionMissingArgument",
]);

/** A sentence with the command as it should be typed, or undefined where that is not what went wrong. */
export function afterDashes({ code, message }: CommanderError, args: readonly string[]): string | undefined {
  if (!CODES.has(code) || args.includes("--")) return undefined;
  const at = args.findIndex((arg) => TAKES_TEXT.has(arg));
  const command = args[at];
  const rest = args.slice(at + 1);
  const unknown = /unknown option '(.*)'/s.exec(message)?.[1];
  const from = rest.findIndex((arg) =>
    unknown === undefined
      ? arg.startsWith("-") && !KNOWN.test(arg)
      : [arg, arg.split("=")[0]].includes(unknown),
  );
  // An option alone may be what is sought: without it nothing is left to look for.
  const first =
    from >= 0 ? from : code === "commander.unknownOption" ? -1 : rest.findIndex((arg) => arg.startsWith("-"));
  if (command === undefined || first < 0) return undefined;
  const typed = ["amalfa", command, ...rest.slice(0, first), "--", ...rest.slice(first).map(quoted)].join(
    " ",
  );
  return `If you mean it as text and not as an option, put -- before it: ${typed}`;
}

const KNOWN =
  /^(?:--(?:root|json|quiet|verbose|no-color|help|limit|mode|lines|relation|no-refresh)(?:=.*)?|-[nhV])$/;

function quoted(word: string): string {
  const shown = escaped(word);
  return /^[\w./:@%+=,-]+$/.test(shown) && !shown.startsWith("-")
    ? shown
    : `"${shown.replace(/(["\\$`])/g, "\\$1")}"`;
}
