/** What `POST /embed` may be asked, and its limits, which both sides keep. */
import { AmalfaError } from "../../system/index.ts";

/**
 * A body in bytes; what is larger is refused with 413. Parsing this much takes a few milliseconds, during which
 * nothing else is answered.
 */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Texts of a request. */
export const MAX_TEXTS = 128;
/**
 * UTF-16 code units of a text: many times what fits any model's window, so that what is cut off does not matter to
 * anybody.
 */
export const MAX_TEXT_LENGTH = 8 * 1024;

export interface EmbedRequest {
  readonly model: string | undefined;
  readonly texts: readonly string[];
  /** Whether one `text` was given instead of `texts`, and one `vector` is the answer. */
  readonly single: boolean;
}

export interface RefusedRequest {
  readonly status: 400 | 413;
  readonly message: string;
}

/** Understands a body, or says why it is refused. */
export function parseEmbedRequest(body: string): EmbedRequest | RefusedRequest {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return bad("The body is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return bad("The body is not a JSON object.");
  }
  const { model, text, texts } = value as Record<string, unknown>;
  if (model !== undefined && typeof model !== "string") return bad("`model` is not a model id.");
  if ((text === undefined) === (texts === undefined)) return bad("Give either `text` or `texts`.");
  const list: unknown = text === undefined ? texts : [text];
  if (!Array.isArray(list) || list.length === 0) return bad("`texts` is not a list of at least one text.");
  if (!list.every((each) => typeof each === "string")) return bad("A text is not a string.");
  if (list.length > MAX_TEXTS)
    return tooLarge(`There are ${list.length} texts; ${MAX_TEXTS} may be asked at once.`);
  if (list.some((each) => each.length > MAX_TEXT_LENGTH)) {
    return tooLarge(`A text is longer than ${MAX_TEXT_LENGTH} characters.`);
  }
  return { model, texts: list, single: text !== undefined };
}

function bad(message: string): RefusedRequest {
  return { status: 400, message };
}

function tooLarge(message: string): RefusedRequest {
  return { status: 413, message };
}

/* The port that the vector daemon takes if it is free. */

const DEFAULT_VECTOR_PORT = 3010;

/** `VECTOR_PORT`, or 3010; 0 leaves the choice to the system. Throws `usage` for anything that is no port. */
export function vectorPort(env: Readonly<Record<string, string | undefined>>): number {
  const text = env.VECTOR_PORT;
  if (text === undefined || text === "") return DEFAULT_VECTOR_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new AmalfaError("usage", `VECTOR_PORT is "${text}", which is not a port from 0 to 65535.`, {
    hint: "Set it to a free port, or leave it unset for 3010.",
  });
}
