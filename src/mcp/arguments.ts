/**
 * What clients send, and what they mean by it.
 *
 * Models write "5" for 5 and a list as the text of one, and fill what they do not need with "" or []; serialisers of
 * other languages write null for what is left out. Where only one reading fits what a tool takes, it is taken;
 * anything else is refused as before.
 */
import type { z } from "zod/v4";

type Given = Readonly<Record<string, unknown>>;

const MISSING = Symbol("left out");

/**
 * The arguments with each one that has the wrong type read as the right one, where it can be. @param error what the
 * schema says of them @param mayBeLeftOut whether the schema does without an argument
 */
export function asMeant(
  given: Given,
  error: z.ZodError,
  mayBeLeftOut: (key: string) => boolean = () => false,
): Given {
  const meant: Record<string, unknown> = { ...given };
  for (const issue of error.issues) {
    const [key, ...deeper] = issue.path;
    if (typeof key !== "string" || !Object.hasOwn(meant, key)) continue;
    if (meant[key] === null) delete meant[key];
    else if (isNoList(issue) && isEmpty(meant[key]) && mayBeLeftOut(key)) delete meant[key];
    else if (issue.code === "invalid_value" && deeper.length === 0)
      meant[key] = whateverCase(meant[key], issue.values);
    else if (issue.code === "invalid_type" && deeper.length === 0) {
      const value = valueAs(issue.expected, meant[key]);
      if (value !== MISSING) meant[key] = value;
    } else if (issue.code === "invalid_type" && issue.expected === "string") {
      meant[key] = withMemberAsText(meant[key], deeper);
    }
  }
  return meant;
}

/** What clients call a place: tools of theirs call it one way or the other, and models mix them up. */
const PLACES = ["path", "file_path", "id", "ids", "paths"];

/**
 * The arguments with a place under the name that the tool has for it: where the tool takes one place, it is not given,
 * and one that the tool does not know is.
 */
export function byTheirNames(given: Given, taken: Readonly<Record<string, unknown>>): Given {
  const known = PLACES.filter((name) => Object.hasOwn(taken, name));
  const others = PLACES.filter((name) => Object.hasOwn(given, name) && !known.includes(name));
  const [own, other] = [known[0], others[0]];
  if (own === undefined || other === undefined || known.length + others.length > 2) return given;
  if (Object.hasOwn(given, own)) return given;
  const { [other]: place, ...rest } = given;
  return { ...rest, [own]: place };
}

/** Where a list is expected, an empty text is the only item of one. */
function isNoList(issue: z.ZodError["issues"][number]): boolean {
  return issue.code !== "invalid_type" || issue.expected !== "array";
}

function valueAs(expected: string, value: unknown): unknown {
  switch (expected) {
    case "number":
    case "int":
      return typeof value === "string" && NUMBER.test(value) ? Number(value) : MISSING;
    case "string":
      return textIn(value);
    case "boolean":
      return value === "true" || value === "false" ? value === "true" : MISSING;
    case "array":
      return typeof value === "string" ? listIn(value) : MISSING;
    case "record":
      return typeof value === "string" ? recordIn(value) : Array.isArray(value) ? recordOf(value) : MISSING;
    default:
      return MISSING;
  }
}

/** A number as it is written, or the only item of a list. */
function textIn(value: unknown): unknown {
  const [only, ...others] = Array.isArray(value) ? (value as unknown[]) : [value];
  if (others.length > 0) return MISSING;
  return typeof only === "number" ? String(only) : typeof only === "string" ? only : MISSING;
}

function isEmpty(value: unknown): boolean {
  return value === "" || (Array.isArray(value) && value.every((each) => each === ""));
}

/** The value that differs in its case alone. */
function whateverCase(value: unknown, values: readonly unknown[]): unknown {
  const written = typeof value === "string" ? value.trim().toLowerCase() : value;
  return values.includes(written) ? written : value;
}

/** A list of `key=value`. */
function recordOf(list: readonly unknown[]): unknown {
  const records = list.map((each) => (typeof each === "string" ? recordIn(each) : MISSING));
  return records.every(isObject) ? Object.assign({}, ...records) : MISSING;
}

const NUMBER = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?\s*$/i;

/** An object whose member is a number or a boolean, with that as text: what stands in a file is text. */
function withMemberAsText(value: unknown, [member, ...deeper]: readonly PropertyKey[]): unknown {
  if (!isObject(value) || typeof member !== "string" || deeper.length > 0) return value;
  const given = value[member];
  if (typeof given !== "number" && typeof given !== "boolean") return value;
  return { ...value, [member]: String(given) };
}

/** The object that a text holds as JSON, or as `key=value`. */
function recordIn(text: string): unknown {
  // A comparison stays with its field, so that whoever reads the filters says that there is none.
  const { 0: sign, index } = /[<>!]=|==|[<>=]/.exec(text) ?? { 0: "", index: 0 };
  const key = text.slice(0, index).trim();
  const value = text.slice(index + sign.length).trim();
  const isField = key !== "" && !/[!{[]/.test(key);
  if (isField && /^.+$/.test(value)) return { [sign === "=" ? key : `${key}${sign}`]: value };
  try {
    return JSON.parse(text);
  } catch {
    return MISSING;
  }
}

/** The list that a text holds as JSON; a text that is none is the only item. */
export function listIn(text: string): unknown[] {
  if (!text.trimStart().startsWith("[")) return [text];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : [text];
  } catch {
    return [text];
  }
}

/**
 * A request without the members of its `params` that are null, which stand for what was left out. What a tool is
 * given is the tool's to judge.
 */
export function withoutNulls(message: unknown): unknown {
  if (!isObject(message) || !("params" in message)) return message;
  const { params, ...rest } = message;
  if (params === null) return rest;
  if (!isObject(params)) return message;
  const present = presentOf(params);
  if (isObject(present._meta)) present._meta = presentOf(present._meta);
  if ("arguments" in present) present.arguments = asArguments(present.arguments);
  return { ...rest, params: present };
}

function presentOf(object: Given): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

/**
 * What serialisers of other languages make of no arguments, and the text of an object; anything else stays as it is.
 */
function asArguments(given: unknown): unknown {
  if (given === "" || (Array.isArray(given) && given.length === 0)) return {};
  if (typeof given !== "string") return given;
  try {
    const value: unknown = JSON.parse(given);
    return isObject(value) ? value : given;
  } catch {
    return given;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
