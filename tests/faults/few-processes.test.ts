/** A user who may have few processes and threads. Only root can be a user of whom nothing else runs. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, lchownSync, readdirSync } from "node:fs";
import { CLI, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(600_000);

const USER = 100_000 + process.pid;
const AS_USER = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups", "--"] as const;
const isPossible =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  Bun.which("prlimit") !== null &&
  Bun.which("setpriv") !== null &&
  spawnSync(AS_USER[0], [...AS_USER.slice(1), "test", "-r", CLI]).status === 0;

let folder: TempFolder;

function run(limit: number, ...args: string[]) {
  const command = ["prlimit", `--nproc=${limit}`, folder.join("bun"), CLI, ...args];
  const [setpriv, ...flags] = AS_USER;
  const home = folder.join("home");
  const { status, signal, stdout, stderr } = spawnSync(setpriv, [...flags, ...command], {
    cwd: folder.join("project"),
    encoding: "utf8",
    // By itself it ends long before; what hangs does not.
    timeout: 300_000,
    killSignal: "SIGKILL",
    env: { ...process.env, NO_COLOR: "1", HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home },
  });
  return { status, signal, stdout, stderr };
}

/** Bun itself gives up where it gets none of the threads that it cannot do without, whatever it runs. */
function isBunsEnd({ stderr }: { readonly stderr: string }): boolean {
  return stderr.includes("Bun has crashed");
}

/** PIDs; what has ended and is not waited for is none. */
function processesOfUser(): string[] {
  const { stdout } = spawnSync("ps", ["-u", String(USER), "-o", "pid=,stat="], { encoding: "utf8" });
  const rows = stdout
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  return rows.flatMap(([pid = "", state = "Z"]) => (state.startsWith("Z") ? [] : [pid]));
}

function endProcessesOfUser(): void {
  spawnSync("kill", ["-9", ...processesOfUser()]);
}

describe.skipIf(!isPossible)("with few processes and threads", () => {
  beforeAll(async () => {
    folder = new TempFolder().write({ "project/one.md": "# One\n\nalpha\n", "home/.keep": "" });
    using project = new TempFolder().write({ "one.md": "# One\n\nalpha\n" });
    await init(project);
    spawnSync("cp", ["-a", `${project.path}/.`, folder.join("project")]);
    copyFileSync(process.execPath, folder.join("bun"));
    for (const path of [folder.path, folder.join("bun")]) chmodSync(path, 0o755);
    for (const top of ["project", "home"]) {
      lchownSync(folder.join(top), USER, USER);
      for (const name of readdirSync(folder.join(top), { recursive: true, encoding: "utf8" })) {
        lchownSync(folder.join(top, name), USER, USER);
      }
    }
  });
  afterAll(() => {
    endProcessesOfUser();
    folder[Symbol.dispose]();
  });

  test.each([12, 13, 14, 15, 16, 18])(
    "the doctor ends, and none of its processes stays behind: %d",
    (limit) => {
      const ran = run(limit, "doctor", "--json");
      expect(ran.signal).not.toBe("SIGKILL");
      if (isBunsEnd(ran)) {
        // Then it is Bun that leaves them behind, and they are in the way of the next one.
        endProcessesOfUser();
        return;
      }
      const { checks } = JSON.parse(ran.stdout);
      for (const { message, status } of checks) {
        if (status === "ok" || status === "skipped") continue;
        expect(message).toContain("could not be checked");
      }
      expect(processesOfUser()).toEqual([]);
    },
  );

  test.each([7, 8, 9, 11])("other commands say what is lacking and what to do: %d", (limit) => {
    for (const command of [
      ["rebuild", "--no-cache"],
      ["watcher", "start", "--wait", "30"],
    ]) {
      const ran = run(limit, ...command);
      expect(ran.stderr).not.toContain("did not foresee");
      expect(ran.signal).not.toBe("SIGKILL");
    }
    run(100, "stop-all");
  });
});
