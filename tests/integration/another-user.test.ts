/**
 * Two users share a project: what is of the one is no fault by itself, as the other sees it.
 * Only root can be two users; whoever else runs the tests has nobody to share with.
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, lchownSync, readdirSync } from "node:fs";
import { amalfa, CLI } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

const OTHER = 65_534;
const AS_OTHER = ["setpriv", `--reuid=${OTHER}`, `--regid=${OTHER}`, "--clear-groups", "--"];
const isTwoUsers =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  Bun.which("setpriv") !== null &&
  spawnSync(AS_OTHER[0] ?? "", [...AS_OTHER.slice(1), "test", "-r", CLI]).status === 0;

let folder: TempFolder;
let root: string;

/** All of the project is the other's, but for its root. */
function giveAway(): void {
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    lchownSync(`${root}/${name}`, OTHER, OTHER);
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

  afterEach(() => folder[Symbol.dispose]());

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
});
