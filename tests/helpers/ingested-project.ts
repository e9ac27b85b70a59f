/** A project whose notes are ingested, for tests of what lies in the place of its own files. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { projectPaths } from "../../src/project/paths.ts";
import { CLI } from "./amalfa.ts";
import { useReadyNotes } from "./ready-notes.ts";
import { TempFolder } from "./temp-folder.ts";

export class IngestedProject extends TempFolder {
  readonly paths = projectPaths(this.path);

  /** Ends a command that waits for ever, and says so. */
  run(...args: string[]): { status: number | null; text: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
      cwd: this.path,
      encoding: "utf8",
      timeout: 300_000,
      killSignal: "SIGKILL",
      env: { ...process.env, NO_COLOR: "1", VECTOR_PORT: "0" },
    });
    return { status, text: stdout + stderr };
  }

  /** Names of what lies in quarantine. */
  quarantined(): string[] {
    return existsSync(this.paths.quarantine)
      ? readdirSync(this.paths.quarantine).flatMap((name) => readdirSync(join(this.paths.quarantine, name)))
      : [];
  }
}

/** Call at the top of a test file. Answers what makes a project of its own for a test. */
export function useIngestedProjects(): { make(): IngestedProject } {
  const ready = useReadyNotes(
    new TempFolder().write({ "one.md": "# One\n\nA turtle.\n", "two.md": "# Two\n\nSee [[one]].\n" }),
  );
  return {
    make() {
      const made = new IngestedProject();
      cpSync(ready.folder.path, made.path, { recursive: true, preserveTimestamps: true });
      return made;
    },
  };
}
