/** What was probably meant where a command or an option is unknown. */
import { editDistance } from "../system/index.ts";

/** The share of letters that may differ. */
const FARTHEST = 0.4;

const SUGGESTION = /^(.*unknown (?:option|command) '(.*)')\n\(Did you mean (?:one of )?(.*)\?\)$/s;

/**
 * A message of commander's without suggestions that have little in common with what was typed: for `--fooo` it names
 * `--root`, of whose four letters two are others, and whoever reads that looks for a connection.
 */
export function withNearNamesOnly(message: string): string {
  const text = message.trimEnd();
  const [, said, typed = "", named = ""] = SUGGESTION.exec(text) ?? [];
  if (said === undefined) return message;
  const near = named.split(", ").filter((name) => isNear(typed, name));
  const end = message.slice(text.length);
  if (near.length === 0) return `${said}${end}`;
  return `${said}\n(Did you mean ${near.length > 1 ? "one of " : ""}${near.join(", ")}?)${end}`;
}

function isNear(typed: string, name: string): boolean {
  const [one, other] = [typed, name].map((word) => word.replace(/^--/, "")) as [string, string];
  return editDistance(one, other) <= FARTHEST * Math.max(one.length, other.length);
}
