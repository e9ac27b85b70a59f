/** The port that the vector daemon takes if it is free. */
import { AmalfaError, EXIT } from "../errors.ts";

export const DEFAULT_VECTOR_PORT = 3010;

/** `VECTOR_PORT`, or 3010; 0 leaves the choice to the system. Throws `usage` for anything that is no port. */
export function vectorPort(env: Readonly<Record<string, string | undefined>>): number {
  const text = env.VECTOR_PORT;
  if (text === undefined || text === "") return DEFAULT_VECTOR_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new AmalfaError("usage", `VECTOR_PORT is "${text}", which is not a port from 0 to 65535.`, {
    hint: "Set it to a free port, or leave it unset for 3010.",
    exit: EXIT.usage,
  });
}
