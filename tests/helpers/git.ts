/** Real repositories, made by git itself, without what the machine's user has configured. */
import { join } from "node:path";

/** Runs git in a folder and returns what it prints. Throws when it fails. */
export function git(cwd: string, ...args: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["git", ...args], {
    cwd,
    env: { ...process.env, ...GIT_ENV },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${stderr.toString()}`);
  return stdout.toString();
}

const GIT_ENV = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: join(import.meta.dir, "no-such-file"),
  GIT_AUTHOR_NAME: "n",
  GIT_AUTHOR_EMAIL: "n@example.org",
  GIT_COMMITTER_NAME: "n",
  GIT_COMMITTER_EMAIL: "n@example.org",
};

/** A repository with everything in the folder committed. */
export function repository(folder: string): void {
  git(folder, "init", "-q", ".");
  git(folder, "add", "-A");
  git(folder, "commit", "-q", "--allow-empty", "-m", "x");
}

/** Takes another repository in as a submodule, and commits that. */
export function addSubmodule(folder: string, repository: string, path: string): void {
  git(folder, "-c", "protocol.file.allow=always", "submodule", "add", "-q", repository, path);
  git(folder, "commit", "-qm", path);
}

/** Commits everything in the folder, on a day; makes the repository where there is none. */
export function commitAll(folder: string, date: string): void {
  const env = { ...process.env, ...GIT_ENV, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  for (const args of [
    ["init", "-q", "."],
    ["add", "-A"],
    ["commit", "-q", "-m", "x"],
  ]) {
    const { exitCode, stderr } = Bun.spawnSync(["git", ...args], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${stderr.toString()}`);
  }
}
