/**
 * The last guard of what is sent: strict clients refuse a whole frame for half a surrogate pair in it, whoever wrote
 * that half.
 */

/** The value with U+FFFD in place of halves of characters; the value itself where it has none. */
export function wellFormed<T>(value: T): T {
  // A whole pair is written as it is; only a half is escaped. A text that says so in letters costs a copy.
  return JSON.stringify(value)?.includes("\\ud") === true ? (repaired(value) as T) : value;
}

function repaired(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(repaired);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key.toWellFormed(), repaired(part)]));
}
