import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { CLI, type ErrorDocument } from "../helpers/amalfa.ts";
import { checkOf } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { endServicesAfterwards, ServiceProject, type StartDocument } from "../helpers/services.ts";

useMadeUpModel();

setDefaultTimeout(300_000);
endServicesAfterwards();

const PID_NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
const MAY_UNSHARE = Bun.which("unshare") !== null && Bun.spawnSync([...PID_NAMESPACE, "true"]).exitCode === 0;

/** A PID namespace with processes of its own, as a container has; all of them end with it. */
class Container implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;

  /** Runs a command of amalfa there, and stays until it is disposed of. */
  constructor(root: string, ...args: string[]) {
    const script = '"$@"; echo; echo done; read -r line';
    const command = [process.execPath, CLI, "--root", root, "--json", ...args];
    this.#child = Bun.spawn([...PID_NAMESPACE, "sh", "-c", script, "sh", ...command], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, VECTOR_PORT: "0" },
    });
  }

  /** What the command printed. */
  async answer<Document>(): Promise<Document> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of this.#child.stdout) {
      text += decoder.decode(bytes, { stream: true });
      if (text.endsWith("\ndone\n")) break;
    }
    return JSON.parse(text.slice(0, -"\ndone\n".length)) as Document;
  }

  /**
   * Its first process reads the end of its input and ends; the kernel then kills what is left, and lets go of the
   * first only when all are gone. Killing `unshare` instead would not wait for them.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.end();
    await this.#child.exited;
  }
}

// Where no namespace can be made, there is none to get wrong.
describe.if(MAY_UNSHARE)("a service of another PID namespace", () => {
  test("I6 is neither signalled nor replaced while it lives, and no hindrance once its container is gone", async () => {
    await using made = new ServiceProject();
    made.folder.write({ "a.md": "# Apple\n" });
    const pidFile = made.pidFile("watcher");
    let written = "";
    {
      await using first = new Container(made.root, "watcher", "start");
      expect(await first.answer()).toMatchObject({ ok: true, change: "started" });
      written = readFileSync(pidFile, "utf8");
      const files = readdirSync(made.paths.runtime).filter((name) => name.startsWith("daemon.pid"));
      expect(files.sort()).toEqual(["daemon.pid", "daemon.pid.lock"]);
      // Seen from here, and from another container, it may be running.
      const refused = await made.json<ErrorDocument>("watcher", "start");
      expect(refused).toMatchObject({ ok: false, error: { code: "service.unknown" } });
      await using second = new Container(made.root, "watcher", "start");
      expect(await second.answer()).toMatchObject({ ok: false, error: { code: "service.unknown" } });
      expect(await made.service("watcher")).toMatchObject({
        state: "unknown",
        reason: expect.stringContaining("another PID namespace"),
      });
      expect(await made.stopAll()).toMatchObject({
        ok: false,
        stopped: [],
        remaining: [{ state: "unknown" }],
      });
      expect(readFileSync(pidFile, "utf8")).toBe(written);
    }
    expect(readFileSync(pidFile, "utf8")).toBe(written);
    expect(await made.service("watcher")).toMatchObject({ state: "stale" });
    const report = await made.json<DoctorReport>("doctor", "--check", "pid.stale");
    expect(checkOf(report, "pid.stale").findings).toMatchObject([{ subject: pidFile, fixable: true }]);
    await using anew = new Container(made.root, "watcher", "start");
    expect(await anew.answer<StartDocument>()).toMatchObject({ ok: true, change: "started" });
    expect(readFileSync(pidFile, "utf8")).not.toBe(written);
  });

  test("that holds no lock, as those of earlier versions, is never taken for dead", async () => {
    await using made = new ServiceProject();
    made.folder.write({ "a.md": "# Apple\n" });
    const pidFile = made.pidFile("watcher");
    {
      await using first = new Container(made.root, "watcher", "start");
      expect(await first.answer()).toMatchObject({ ok: true, change: "started" });
    }
    const [pid = "", record = ""] = readFileSync(pidFile, "utf8").split("\n");
    const { lifeLock, ...earlier } = JSON.parse(record) as { lifeLock?: boolean };
    expect(lifeLock).toBe(true);
    writeFileSync(pidFile, `${pid}\n${JSON.stringify(earlier)}\n`);
    expect(await made.json("watcher", "start")).toMatchObject({ error: { code: "service.unknown" } });
    expect(existsSync(pidFile)).toBe(true);
  });
});
