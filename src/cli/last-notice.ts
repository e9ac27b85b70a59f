/**
 * The notice that was last printed about a project, so that the same one is not printed with every command. It is
 * kept in the user's cache folder, outside of every project; where it cannot be kept, the notice is printed again.
 */
import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { findProjectRoot } from "../project/index.ts";
import { writeOwnFile } from "../system/files/index.ts";
import { userCacheFolder } from "../system/index.ts";

/** After an hour it is printed again: somebody else may be reading by then. */
const REMEMBERED_MS = 3_600_000;

/** What there is to be said about. */
type Subject = "freshness" | "settings";

/** Whether a state of the project was said a short while ago; notes that it is now. Undefined is nothing to say. */
export function wasSaid(
  { root }: { readonly root: string | undefined },
  subject: Subject,
  state: string | undefined,
): boolean {
  const cache = userCacheFolder();
  if (cache === undefined) return false;
  try {
    const folder = join(cache, "amalfa", "said");
    const project = findProjectRoot({ root, cwd: process.cwd() });
    const file = join(folder, `${new Bun.CryptoHasher("sha256").update(project).digest("hex")}.${subject}`);
    const last = statSync(file, { throwIfNoEntry: false });
    if (state === undefined) {
      if (last !== undefined) rmSync(file, { force: true });
      return false;
    }
    const age = Date.now() - (last?.mtimeMs ?? 0);
    if (last?.isFile() === true && age >= 0 && age < REMEMBERED_MS && readFileSync(file, "utf8") === state)
      return true;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeOwnFile(file, state, { mode: 0o600 });
    return false;
  } catch {
    return false;
  }
}
