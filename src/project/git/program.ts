/**
 * Git as a program, for what only its objects tell. It never looks at the working files: for that it would run what the
 * folder's own configuration names, such as filters, watchers and hooks (I14).
 */

import { delimiter } from "node:path";
import { liesBelow, realPlace } from "../../system/files/index.ts";
import { programFolders } from "../../system/index.ts";

/**
 * What keeps git from running anything that the repository names, from asking anybody, and from fetching what it
 * lacks.
 */
const HARMLESS = [
  ["core.fsmonitor", "false"],
  ["core.hooksPath", "/dev/null"],
  ["core.pager", "cat"],
  ["core.sshCommand", "false"],
  ["core.gitProxy", "false"],
  ["core.askPass", "false"],
  ["credential.helper", ""],
  ["protocol.allow", "never"],
  ["diff.external", ""],
  ["gpg.program", "false"],
  ["log.showSignature", "false"],
  ["core.alternateRefsCommand", "false"],
].flatMap(([key, value]) => ["-c", `${key}=${value}`]);

/**
 * What takes longer is not waited for, and is then not known: a pipe in the place of a file of git's would keep it, and
 * with it a server, for ever.
 */
const LONGEST_MS = 10_000;

export class Git {
  readonly #root: string;
  /** As in the variable PATH. */
  readonly #path: string;
  readonly #program: string | undefined;
  readonly #longestMs: number;
  #isStuck = false;

  /** @param longestMs what is waited for at most */
  constructor(root: string, longestMs: number = LONGEST_MS) {
    this.#root = root;
    this.#longestMs = longestMs;
    // A folder of the project's own in the search path would offer its own git.
    const folders = programFolders(process.env.PATH ?? "");
    const isOurs = (folder: string): boolean =>
      realPlace(folder) === realPlace(root) || liesBelow(root, folder);
    this.#path = folders.filter((folder) => !isOurs(folder)).join(delimiter);
    this.#program = Bun.which("git", { PATH: this.#path }) ?? undefined;
  }

  /** Whether there is a git to ask. */
  get isThere(): boolean {
    return this.#program !== undefined;
  }

  /** Whether an answer took too long: the next ones would, and are not waited for. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** What git answers, or undefined where it cannot. */
  ask(args: readonly string[]): string | undefined {
    if (this.#program === undefined || this.#isStuck) return undefined;
    const command = [
      this.#program,
      "--no-pager",
      "--no-replace-objects",
      "--no-optional-locks",
      ...HARMLESS,
      ...args,
    ];
    const { exitCode, stdout, exitedDueToTimeout } = Bun.spawnSync(command, {
      cwd: this.#root,
      env: { ...environment(), PATH: this.#path },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
      maxBuffer: 1 << 30,
      timeout: this.#longestMs,
      killSignal: "SIGKILL",
    });
    this.#isStuck = exitedDueToTimeout === true;
    return exitCode === 0 ? stdout.toString("utf8") : undefined;
  }
}

/** A hook that calls this has variables set that are about another command. */
function environment(): Record<string, string> {
  const passed = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("GIT_"),
  );
  const set = { GIT_TERMINAL_PROMPT: "0", GIT_NO_LAZY_FETCH: "1", GIT_PAGER: "cat", GIT_ALLOW_PROTOCOL: "" };
  return { ...Object.fromEntries(passed), ...set };
}
