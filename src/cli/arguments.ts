/** Parsers of option values; what they refuse is wrong usage. */
import { type Command, InvalidArgumentError } from "commander";
import {
  AGE_FORMAT,
  DEFAULT_LOCK_WAIT_SECONDS,
  parseAge,
  parseSize,
  SHORTEST_AGE_MS,
  SIZE_FORMAT,
  SMALLEST_CACHE_BYTES,
} from "../project/index.ts";
import { isRelativeDate } from "../system/index.ts";

/** A folder. An empty name is what a script gives whose variable is not set: it must not mean the working directory. */
export function parseFolder(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("Expected a folder; the name given is empty.");
  return text;
}

/** A whole number of seconds or a fraction, not negative. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === "" || !Number.isFinite(seconds) || seconds < 0 || seconds > 86_400) {
    throw new InvalidArgumentError("Expected seconds, from 0 to 86400.");
  }
  return seconds;
}

/** A parser of whole numbers within bounds, both included. */
export function wholeNumber(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= lowest && value <= highest)) {
      throw new InvalidArgumentError(`Expected a whole number from ${lowest} to ${highest}.`);
    }
    return value;
  };
}

/** A size of the vector cache, in bytes; the bounds are those of `cache.maxBytes`. */
export function parseCacheSize(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined || bytes < SMALLEST_CACHE_BYTES) {
    throw new InvalidArgumentError(`Expected at least 1 MiB, as ${SIZE_FORMAT}.`);
  }
  return bytes;
}

/** An age in milliseconds; the bounds are those of `cache.maxAge`. */
export function parseCacheAge(text: string): number {
  const age = parseAge(text);
  if (age === undefined || age < SHORTEST_AGE_MS) {
    throw new InvalidArgumentError(`Expected at least one minute, as ${AGE_FORMAT}.`);
  }
  return age;
}

/** One value of an option that may be given again and again. */
export function listed(text: string, before: readonly string[] = []): string[] {
  if (text.trim() === "") throw new InvalidArgumentError("Expected something; the value given is empty.");
  return [...before, text];
}

/** A year, a month or a day, and perhaps a time, as in ISO 8601, or a day counted from today. */
export function isoDate(text: string): string {
  if (isRelativeDate(text)) return text;
  if (!/^\d{4}(?:-\d\d(?:-\d\d(?:T[\d:.Z+-]+)?)?)?$/.test(text)) {
    throw new InvalidArgumentError(
      "Expected a date, such as 2024-03-05 or 2024-03, or 7d, 2w, 3mo, 1y, today or yesterday.",
    );
  }
  // JavaScript takes the 31st of June for the first of July.
  const day = `${text.slice(0, 10)}${"-01-01".slice(Math.min(text.length, 10) - 4)}`;
  const time = Date.parse(day);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day) {
    throw new InvalidArgumentError("Expected a day of the calendar, such as 2024-03-05.");
  }
  return text;
}

/** A field and its value, given as `key=value`, beside those given before. */
export function field(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, comparison] = /^[^=]*?([<>!]=|==|[<>])/.exec(text) ?? [];
  if (comparison !== undefined) {
    const offered = "Expected field=value, which is the same value; --since and --until compare dates";
    throw new InvalidArgumentError(`${offered}. There is no ${comparison}.`);
  }
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected a field and its value, such as status=open.");
  return { ...before, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
}

/** `--wait`, for every command that needs the maintenance lock. */
export function addWaitOption(command: Command): Command {
  const what = "how long to wait for another command that is at work";
  return command.option("--wait <seconds>", what, parseSeconds, DEFAULT_LOCK_WAIT_SECONDS);
}

/** Where the first argument stands that is neither an option nor the value of one. */
export function firstWordAt(args: readonly string[]): number | undefined {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === "--root") at++;
    else if (!arg.startsWith("-")) return at;
  }
  return undefined;
}

const HELP = new Set(["-h", "--help"]);

/** `-h` before a command asks for that command's help, though what reads the arguments would print the general one. */
export function withHelpBehind(args: readonly string[]): readonly string[] {
  const first = firstWordAt(args);
  if (first === undefined || !args.slice(0, first).some((arg) => HELP.has(arg))) return args;
  const before = args.slice(0, first).filter((arg) => !HELP.has(arg));
  const dashes = args.indexOf("--", first);
  const end = dashes < 0 ? args.length : dashes;
  return [...before, ...args.slice(first, end), "--help", ...args.slice(end)];
}
