/** Whose home directory a folder is: of whoever runs this, and of any other user that the system knows. */
import { spawnSync } from "node:child_process";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { homedir, userInfo } from "node:os";

const ASK_TIMEOUT_MS = 5_000;

/**
 * Whose home a folder is, in words; undefined where it is nobody's, as far as the system tells. Never throws. @param
 * folder without links
 */
export function homeOwner(folder: string): string | undefined {
  return ownHomes().some((home) => isSame(home, folder))
    ? "that of the user who runs this"
    : userWithHome(folder);
}

function ownHomes(): string[] {
  return [homedir, () => userInfo().homedir].flatMap((home) => unlessUnknown(() => [home()]) ?? []);
}

function userWithHome(folder: string): string | undefined {
  for (const line of entries(folder)) {
    const [name = "", , , , , home = ""] = line.split(":");
    if (name !== "" && home.startsWith("/") && isSame(home, folder)) return `that of ${name}`;
  }
  return undefined;
}

/**
 * Lines of the user database (passwd(5)). The file has the users of this machine; those of a directory service are
 * asked for one by one, by the owner of the folder.
 */
function entries(folder: string): string[] {
  const lines = (unlessUnknown(() => readFileSync("/etc/passwd", "utf8")) ?? "").split("\n");
  const owner = unlessUnknown(() => String(statSync(folder).uid));
  if (owner === undefined) return lines;
  if (process.platform === "darwin") return [...lines, ...fromDirectory(["id", "-P", owner])];
  return [...lines, ...fromDirectory(["getent", "passwd", owner])];
}

/**
 * `id -P` of macOS has the home in the ninth field: name, password, two ids, class, change, expiry, real name, home,
 * shell.
 */
function fromDirectory([command = "", ...args]: readonly string[]): string[] {
  const { stdout, error } = spawnSync(command, args, { encoding: "utf8", timeout: ASK_TIMEOUT_MS });
  if (error !== undefined || typeof stdout !== "string") return [];
  return stdout.split("\n").map((line) => {
    const fields = line.split(":");
    return fields.length < 10 ? line : [fields[0], "", "", "", "", fields[8]].join(":");
  });
}

function isSame(home: string, folder: string): boolean {
  return home === folder || unlessUnknown(() => realpathSync(home)) === folder;
}

function unlessUnknown<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
