import { expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { type ResetOptions, reset } from "../../src/maintenance/reset/reset.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { AmalfaError } from "../../src/system/errors.ts";
import { AnchoredFolder } from "../../src/system/files/anchored.ts";
import { CLI } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { inOwnMounts, OWN_MOUNTS } from "../helpers/own-mounts.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const DERIVED = {
  "resonance.db": "graph",
  "runtime/daemon.log": "x",
  "logs/watcher.log": "x",
  "quarantine/old/file": "x",
  "cache/vector_cache.sqlite": "vectors",
};

/** A project, and beside it somebody's folder that looks just as what a reset deletes. */
class Target extends TempFolder {
  readonly root = this.join("project");
  readonly treasure = this.join("treasure");
  readonly paths = projectPaths(this.root);

  constructor() {
    super();
    const gold = Object.keys(DERIVED).map((name) => [`treasure/${name}`, "gold"]);
    this.write(Object.fromEntries([...gold, ["treasure/fast-bge/gold.txt", "gold"]]));
    mkdirSync(this.root);
  }

  fill(): this {
    const files = Object.entries(DERIVED).map(([name, text]) => [`project/.amalfa/${name}`, text]);
    return this.write(
      Object.fromEntries([...files, ["project/local_cache/fast-bge/model", "x"], ["project/a.md", "# A\n"]]),
    );
  }

  reset(more: Partial<ResetOptions> = {}) {
    return reset({
      paths: this.paths,
      kept: [],
      vectorCache: undefined,
      choice: { cache: "delete", strays: "delete" },
      dryRun: false,
      waitSeconds: 0,
      signal: new AbortController().signal,
      confirm: async () => "--yes",
      onWait: () => {},
      ...more,
    });
  }
}

/** Puts a link to the treasure in the place of a folder. */
function replaceByLink(target: Target, name: string): void {
  renameSync(`${target.root}/${name}`, target.join("away"));
  symlinkSync(target.treasure, `${target.root}/${name}`);
}

test.each([
  ["delete", ".amalfa"],
  ["keep", ".amalfa"],
  ["delete", "local_cache"],
] as const)(
  "I7 with the cache to %s, a link that replaces %s while the question stands is not followed",
  async (cache, name) => {
    using target = new Target().fill();
    const before = treeOf(target.treasure);
    const answered = target.reset({
      choice: { cache, strays: "delete" },
      confirm: async () => {
        replaceByLink(target, name);
        return "prompt";
      },
    });
    await expect(answered).rejects.toBeInstanceOf(AmalfaError);
    expect(treeOf(target.treasure)).toEqual(before);
    expect(readFileSync(target.join("project/a.md"), "utf8")).toBe("# A\n");
  },
);

test("I7 a folder of the same name that replaces .amalfa while the question stands is left alone", async () => {
  using target = new Target().fill();
  const answered = target.reset({
    confirm: async () => {
      renameSync(target.paths.data, target.join("away"));
      target.fill();
      return "prompt";
    },
  });
  await expect(answered).rejects.toMatchObject({ code: "reset.busy" });
  expect(existsSync(target.join("away/resonance.db"))).toBe(true);
  expect(existsSync(target.paths.database)).toBe(true);
});

test("I7 10,000 swaps at random moments: nothing outside of the project is deleted, changed or made", async () => {
  using target = new Target();
  const before = treeOf(target.treasure);
  const state = new Int32Array(new SharedArrayBuffer(12));
  const worker = new Worker(new URL("../helpers/swap-folders.ts", import.meta.url).href);
  const ended = new Promise((resolve) => worker.addEventListener("close", resolve));
  worker.postMessage({
    state,
    places: [".amalfa", "local_cache", "local_cache/fast-bge", ".amalfa/runtime", ".amalfa/quarantine"].map(
      (name, at) => ({
        path: `${target.root}/${name}`,
        away: target.join(`away-${at}`),
        treasure: at === 2 ? `${target.treasure}/fast-bge` : target.treasure,
      }),
    ),
  });
  let completed = 0;
  while (Atomics.load(state, 2) < 10_000) {
    rmSync(target.root, { recursive: true, force: true });
    for (let at = 0; at < 5; at++) rmSync(target.join(`away-${at}`), { recursive: true, force: true });
    target.fill();
    Atomics.store(state, 0, 1);
    Atomics.notify(state, 0);
    const choice = { cache: Math.random() < 0.5 ? "keep" : "delete", strays: "delete" } as const;
    try {
      await target.reset({ choice });
      completed++;
    } catch (error) {
      if (!(error instanceof AmalfaError)) throw error;
      expect([
        "data.link",
        "reset.refused",
        "reset.busy",
        "reset.incomplete",
        "reset.failed",
        "lock.held",
        "lock.unavailable",
      ]).toContain(error.code);
    }
    Atomics.store(state, 0, 0);
    while (Atomics.load(state, 1) !== 0) await Bun.sleep(1);
    expect(treeOf(target.treasure)).toEqual(before);
  }
  Atomics.store(state, 0, 2);
  Atomics.notify(state, 0);
  await ended;
  expect(completed).toBeGreaterThan(0);
}, 3_600_000);

const MAY_MOUNT = Bun.spawnSync([...OWN_MOUNTS, "true"]).exitCode === 0;

test.if(MAY_MOUNT)("I7 what is mounted below .amalfa after it was looked at is not emptied", async () => {
  using target = new Target().fill();
  // Nothing is looked at again here: the removal itself has to notice.
  const script = `const { AnchoredFolder } = await import(${JSON.stringify(new URL("../../src/system/files/anchored.ts", import.meta.url).pathname)});
    using root = AnchoredFolder.open(${JSON.stringify(target.root)});
    try { root.remove(".amalfa"); console.log("removed"); } catch (error) { console.log(error.message); }`;
  const mount = `mount --bind '${target.treasure}' '${target.paths.quarantine}/old'`;
  const [command = "", ...args] = inOwnMounts(mount, [process.execPath, "-e", script]);
  const { stdout } = spawnSync(command, args, { encoding: "utf8" });
  expect(stdout).toContain("is a mount point");
  expect(readFileSync(target.join("treasure/fast-bge/gold.txt"), "utf8")).toBe("gold");
});

test.if(MAY_MOUNT && process.getuid?.() === 0).each([
  ["", (root: string): string => root],
  [", by another name that a mount gives it as well", (root: string): string => `${root}-too`],
] as const)("the home directory of any user is refused%s", (_, nameOf) => {
  using target = new Target().fill();
  target.write({
    passwd: `${readFileSync("/etc/passwd", "utf8")}\nalice:x:4711:4711::${target.root}:/bin/sh\n`,
  });
  const name = nameOf(target.root);
  const other = name === target.root ? "true" : `mkdir '${name}'; mount --bind '${target.root}' '${name}'`;
  const mount = `mount --bind '${target.join("passwd")}' /etc/passwd; ${other}`;
  const args = [process.execPath, CLI, "--root", name, "reset", "--yes"];
  const [command = "", ...rest] = inOwnMounts(mount, args);
  const { status, stderr } = spawnSync(command, rest, { encoding: "utf8" });
  expect({ status, stderr }).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("is a home directory, that of alice"),
  });
  expect(existsSync(target.paths.database)).toBe(true);
});

test("a folder that was moved away is not emptied where it has gone", () => {
  using target = new Target().fill();
  using root = AnchoredFolder.open(target.root);
  using held = root.folder(".amalfa");
  renameSync(target.paths.data, target.join("away"));
  expect(() => held.remove("logs")).toThrow("moved or replaced");
  expect(existsSync(target.join("away/logs/watcher.log"))).toBe(true);
});
