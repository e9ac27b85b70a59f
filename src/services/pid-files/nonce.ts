/**
 * A secret of the project, by which an answer on a port is told from a stranger's: whoever asks sends a text of its
 * own choice, and a service of this project answers with a digest that only somebody who knows the secret can make.
 *
 * It proves an answer, and nothing about a process: nobody is signalled on account of it (I6).
 */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { ProjectPaths } from "../../project/index.ts";
import { readSmallFile, writeOwnFile } from "../../system/files/index.ts";

const NAME = "nonce";
const SECRET = /^[0-9a-f]{64}$/;

/** The project's secret; undefined where there is none yet. Never throws. */
export function readNonce({ runtime }: Pick<ProjectPaths, "runtime">): string | undefined {
  const path = join(runtime, NAME);
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    const text = readSmallFile(path).trim();
    return SECRET.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The secret for a service that starts; undefined where it cannot be made. The caller holds the lock of the PID files.
 *
 * @param isInUse whether another service of the project runs, which then has proved itself by the secret that is there.
 * Any other may have come with the folder, and be known to whoever made that (I14): it is replaced.
 */
export function makeNonce(
  paths: Pick<ProjectPaths, "runtime">,
  { isInUse }: { readonly isInUse: boolean },
): string | undefined {
  const found = isInUse ? readNonce(paths) : undefined;
  if (found !== undefined) return found;
  const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
  try {
    // Whole or not at all; what is there already is none.
    writeOwnFile(join(paths.runtime, NAME), `${secret}\n`, { mode: 0o600 });
    return secret;
  } catch {
    return undefined;
  }
}

/**
 * What a service answers to a challenge. The port keeps a stranger from passing the question on to the service that
 * it poses as.
 */
export function answerTo(
  challenge: string,
  secret: string,
  { pid, port }: { pid: number; port: number },
): string {
  return new Bun.CryptoHasher("sha256", secret).update(`${challenge}\n${pid}\n${port}`).digest("hex");
}

/**
 * What a process of the same user sends to be let in by a service that takes no others. It is no answer to any
 * challenge, which all have several lines.
 */
export function callerToken(secret: string, { pid, port }: { pid: number; port: number }): string {
  return new Bun.CryptoHasher("sha256", secret).update(`caller of ${pid} at ${port}`).digest("hex");
}
