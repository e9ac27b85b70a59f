/** Bodies of requests, bounded in bytes and in the time they take to arrive, whatever a request says of itself. */
import { refusal } from "./loopback-server.ts";

const BODY_WITHIN_MS = 10_000;

/**
 * The body as text, or why it is refused. A request may leave its length out, or come a byte at a time: so what has
 * come is counted as it comes, and no more of it is read or kept than is wanted.
 */
export async function readBody(
  request: Request,
  mostBytes: number,
  crowded?: Crowded,
): Promise<string | Response> {
  if (Number(request.headers.get("content-length") ?? 0) > mostBytes) return tooLarge(mostBytes);
  const reader = request.body?.getReader();
  if (reader === undefined) return "";
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), BODY_WITHIN_MS);
  try {
    const bytes = await Promise.race([boundedBytes(reader, mostBytes, crowded), late]);
    if (bytes instanceof Response) return closing(bytes);
    if (bytes === "late") return closing(refusal(408, "slow", "The body did not arrive in time."));
    return bytes === undefined ? tooLarge(mostBytes) : new TextDecoder().decode(bytes);
  } catch {
    return refusal(400, "body", "The body could not be read.");
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => {});
  }
}

/** Why there is no room for so many bytes of a body; undefined where there is. */
export type Crowded = (bytes: number) => Response | undefined;

/** Undefined for more than may be. */
async function boundedBytes(
  reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read">,
  mostBytes: number,
  crowded: Crowded | undefined,
): Promise<Uint8Array | Response | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.byteLength;
    if (length > mostBytes) return undefined;
    const refused = crowded?.(length);
    if (refused !== undefined) return refused;
    parts.push(part.value);
  }
  return Buffer.concat(parts);
}

function tooLarge(mostBytes: number): Response {
  return closing(refusal(413, "size", `The body is larger than ${mostBytes} bytes.`));
}

/** The rest of the body would be taken for the next request. */
function closing(response: Response): Response {
  response.headers.set("connection", "close");
  return response;
}
