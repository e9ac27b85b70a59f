/**
 * Two users share a project: what runs under the one is neither a fault nor to be waited for, as the other sees it.
 * Only root can be two users; whoever else runs the tests has nobody to share with.
 */
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, lchownSync, readdirSync } from "node:fs";
import { projectPaths } from "../../src/project/index.ts";
import { withMaintenanceLock } from "../../src/project/lock/index.ts";
import { amalfa, CLI } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const OTHER = 65_534;
const AS_OTHER = ["setpriv", `--reuid=${OTHER}`, `--regid=${OTHER}`, "--clear-groups", "--"];
const isTwoUsers =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  Bun.which("setpriv") !== null &&
  spawnSync(AS_OTHER[0] ?? "", [...AS_OTHER.slice(1), "test", "-r", CLI]).status === 0;

let folder: TempFolder;
let root: string;

/** All of the project is the other's, but for its root and what tells of root's service. */
function giveAway(): void {
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    if (!/(?:daemon\.pid|nonce)$/.test(name)) lchownSync(`${root}/${name}`, OTHER, OTHER);
  }
}

/** The program of the other user, with a copy of Bun, which may lie where only root looks. */
function asOther(...args: string[]): { readonly status: number | null; readonly said: string } {
  const home = folder.join("home");
  const env = { ...process.env, NO_COLOR: "1", HOME: home, XDG_CACHE_HOME: home, XDG_STATE_HOME: home };
  const [command = "", ...before] = [...AS_OTHER, folder.join("bun"), CLI];
  const { status, stdout, stderr } = spawnSync(command, [...before, ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...env, XDG_CONFIG_HOME: home },
  });
  return { status, said: `${stdout}${stderr}`.replaceAll(/\s+/g, " ") };
}

describe.if(isTwoUsers)("a project of two users", () => {
  beforeEach(async () => {
    folder = new TempFolder().write({ "project/one.md": "# One\n\nalpha\n", "home/.keep": "" });
    root = folder.join("project");
    copyFileSync(process.execPath, folder.join("bun"));
    for (const path of [folder.path, folder.join("bun")]) chmodSync(path, 0o755);
    for (const path of [root, folder.join("home")]) chmodSync(path, 0o777);
    expect((await amalfa(["init"], { cwd: root })).status).toBe(0);
  });

  afterEach(async () => {
    await amalfa(["stop-all"], { cwd: root });
    folder[Symbol.dispose]();
  });

  test("files and folders of the other that can be written are in order, and others are named with their owner", () => {
    giveAway();
    const { status, said } = asOther("doctor");
    expect(said).toContain("nothing to do");
    expect(status).toBe(0);
    chmodSync(root, 0o755);
    expect(asOther("doctor", "--check", "layout.access").said).toContain(
      `${root} cannot be written: permission denied (it belongs to user 0)`,
    );
  });

  test("the doctor of the one finds nothing wrong with the service of the other", async () => {
    expect((await amalfa(["watcher", "start"], { cwd: root })).status).toBe(0);
    giveAway();
    const { status, said } = asOther("doctor");
    expect(said).toContain("nothing to do");
    expect(status).toBe(0);
    const check = asOther("doctor", "--check", "service.health", "layout.access", "--verbose").said;
    expect(check).toMatch(/watcher: process \d+ runs under user root \(uid 0\)/);
    expect(asOther("servers").said).toMatch(/watcher running .* process \d+ runs under user root \(uid 0\)/);
  });

  test("nobody waits for it, and nothing is recommended that cannot work", async () => {
    await amalfa(["watcher", "start"], { cwd: root });
    giveAway();
    for (const action of ["start", "restart"]) {
      const { status, said } = asOther("watcher", action);
      expect(said).toMatch(/is running already: process \d+ runs under user root \(uid 0\).* ask that user/);
      expect(said).not.toContain("amalfa watcher restart");
      expect(status).toBe(4);
    }
    const stopped = asOther("watcher", "stop");
    expect(stopped.said).toContain("runs under user root (uid 0)");
    expect(stopped.status).toBe(1);
    const { said } = asOther("reset", "--yes");
    expect(said).toMatch(/Nothing was deleted: .*watcher: process \d+ runs under user root \(uid 0\)/);
    expect((await amalfa(["watcher", "status"], { cwd: root })).status).toBe(0);
  });

  test("a lock that the other holds is said to be the other's", async () => {
    giveAway();
    await withMaintenanceLock(projectPaths(root), { command: "init", waitSeconds: 0 }, async () => {
      const { status, said } = asOther("init", "--wait", "0");
      expect(said).toContain(`process ${process.pid} of user root (uid 0)`);
      expect(status).toBe(4);
    });
  });
});
