/**
 * The first time that anything is about to be put to a remote, its user is told so, and what that means. That it was
 * said is kept in the folder of the user's state, outside of every project, so that it is said once.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { userStateFolder } from "../../project/index.ts";
import type { RemoteUse } from "../../project/remote/index.ts";
import { writeOwnFile } from "../../system/files/index.ts";

export async function announceUpload(
  { url, mode }: Pick<RemoteUse, "url" | "mode">,
  tell: (message: string) => void,
): Promise<void> {
  const folder = join(userStateFolder(), "announced");
  const digest = new Bun.CryptoHasher("sha256").update(JSON.stringify([url.shown, mode])).digest("hex");
  const file = join(folder, digest);
  if (existsSync(file)) return;
  tell(
    `Vectors that are computed here are sent to the remote vector cache ${url.shown} from now on. Vectors can reveal ` +
      "the text that they were made of to whoever may read there. AMALFA_CACHE_REMOTE_MODE=read, or " +
      "--no-remote-cache, keeps them here.",
  );
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeOwnFile(file, `${url.shown}\n`, { mode: 0o600 });
  } catch {
    // Then it is said again.
  }
}
