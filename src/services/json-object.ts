/** JSON that somebody else wrote: whatever it is, reading it does not throw. */

/** The fields of an object in JSON, of which nothing is known yet; undefined for text that is no JSON, and for other values. */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
