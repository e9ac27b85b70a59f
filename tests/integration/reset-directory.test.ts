/** `amalfa reset` deletes one real directory, also where the disk is full or cannot be written. */
import { describe, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
} from "node:fs";
import { amalfaJson, CLI, type ErrorDocument } from "../helpers/amalfa.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { fillUp, inOwnMounts, mountOwn, OWN_MOUNTS, remountReadOnly } from "../helpers/own-mounts.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";
import { until } from "../helpers/until.ts";
import { type ResetDocument, refused, reset, usedProject } from "../helpers/used-project.ts";

useMadeUpModel();

const TIMEOUT = 300_000;

describe("I7 reset deletes one real directory", () => {
  test(
    "not a symbolic link to a folder full of files",
    async () => {
      using folder = usedProject();
      using other = new TempFolder();
      renameSync(folder.join(".amalfa"), other.join("data"));
      symlinkSync(other.join("data"), folder.join(".amalfa"));
      const before = treeOf(other.path);
      const error = await refused(folder);
      expect(error).toMatchObject({ status: 1, code: "reset.refused" });
      expect(error.message).toContain("is a symbolic link");
      expect(treeOf(other.path)).toEqual(before);
      expect(lstatSync(folder.join(".amalfa")).isSymbolicLink()).toBe(true);
    },
    TIMEOUT,
  );

  test.if(mayMount())(
    "nothing while a single file inside is a mount point",
    async () => {
      using folder = usedProject();
      folder.write({ ".amalfa/logs/mounted.log": "under the mount", "other.log": "mounted" });
      const before = treeOf(folder.path);
      const mount = `mount --bind '${folder.join("other.log")}' '${folder.join(".amalfa/logs/mounted.log")}'`;
      const { stdout, status } = await outcomeOf(folder, inOwnMounts(mount, RESET));
      const { error } = JSON.parse(stdout) as ErrorDocument;
      expect({ status, code: error.code }).toEqual({ status: 1, code: "reset.refused" });
      expect(error.message).toContain("mounted.log is a mount point");
      expect(treeOf(folder.path)).toEqual(before);
    },
    TIMEOUT,
  );

  test(
    "nothing behind a symbolic link inside",
    async () => {
      using folder = usedProject();
      using home = new TempFolder().write({ "letters/dear.txt": "Dear", "photo.jpg": "pixels" });
      symlinkSync(home.path, folder.join(".amalfa/home"));
      symlinkSync(home.path, folder.join(".amalfa/cache/deeper"));
      symlinkSync(home.join("photo.jpg"), folder.join(".amalfa/logs/photo.jpg"));
      const before = treeOf(home.path);
      const { status, document } = await reset(folder, "--yes");
      expect(status).toBe(0);
      expect(document.deleted[0]?.files).toBe(6 + 3);
      expect(existsSync(folder.join(".amalfa"))).toBe(false);
      expect(treeOf(home.path)).toEqual(before);
    },
    TIMEOUT,
  );

  test(
    "a link in the place of the lock's folder leads nothing out",
    async () => {
      using folder = usedProject();
      using home = new TempFolder();
      symlinkSync(home.path, folder.join(".amalfa/runtime"));
      expect(await refused(folder)).toMatchObject({ status: 1, code: "reset.refused" });
      expect(readdirSync(home.path)).toEqual([]);
      expect(existsSync(folder.join(".amalfa/resonance.db"))).toBe(true);
    },
    TIMEOUT,
  );

  test(
    "not a file, nor a folder that contains nothing that amalfa knows",
    async () => {
      using file = new TempFolder().write({ ".amalfa": "a file" });
      expect((await refused(file)).message).toContain("is not a directory");
      expect(existsSync(file.join(".amalfa"))).toBe(true);
      using strange = new TempFolder().write({ ".amalfa/coast/positano.jpg": "sea" });
      expect((await refused(strange)).message).toContain("contains nothing that amalfa knows");
      expect(existsSync(strange.join(".amalfa/coast/positano.jpg"))).toBe(true);
    },
    TIMEOUT,
  );

  test(
    "not in a home directory, and not in the root of the file system",
    async () => {
      using folder = usedProject();
      const before = treeOf(folder.join(".amalfa"));
      const asHome = { cwd: folder.path, env: { HOME: folder.path } };
      const home = await amalfaJson<ErrorDocument>(["reset", "--yes"], asHome);
      expect(home.status).toBe(1);
      expect(home.document.error.message).toContain("is a home directory");
      expect(treeOf(folder.join(".amalfa"))).toEqual(before);
      const root = await amalfaJson<ErrorDocument>(["--root", "/", "reset", "--dry-run"], {
        cwd: folder.path,
      });
      expect(root.document.error.message).toContain("is the root of the file system");
    },
    TIMEOUT,
  );

  test(
    "nothing on a read-only file system",
    async () => {
      using folder = usedProject();
      const before = treeOf(folder.path);
      const { status, stdout } = await resetWhereNothingCanBeWritten(folder);
      expect(status).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: "reset.refused" } });
      expect(treeOf(folder.path)).toEqual(before);
    },
    TIMEOUT,
  );

  test(
    "nothing while another process has a file in it open, and it is named",
    async () => {
      using folder = usedProject();
      await using holder = await HelperProcess.holdOpen(folder.join(".amalfa/resonance.db"));
      const before = treeOf(folder.join(".amalfa"));
      const error = await refused(folder, "--wait", "0");
      expect(error).toMatchObject({ status: 4, code: "reset.busy" });
      expect(error.message).toContain(`.amalfa/resonance.db in process ${holder.pid}`);
      expect(treeOf(folder.join(".amalfa")).filter((entry) => !entry.startsWith("runtime"))).toEqual(before);
      // A process that is soon done with it is waited for.
      const waiting = reset(folder, "--yes", "--wait", "30");
      await until(() => existsSync(folder.join(".amalfa/runtime/maintenance.lock.holder")));
      expect(existsSync(folder.join(".amalfa/resonance.db"))).toBe(true);
      await holder[Symbol.asyncDispose]();
      expect((await waiting).status).toBe(0);
      expect(existsSync(folder.join(".amalfa"))).toBe(false);
    },
    TIMEOUT,
  );
});

describe("on a full disk", () => {
  /**
   * What a reset does to a copy of `folder` on a disk that `fill` makes full, and what it leaves there, with all its
   * folders.
   */
  async function resetOnFullDisk(folder: TempFolder, disk: string, fill: (place: string) => string) {
    using place = new TempFolder();
    using notes = new TempFolder();
    const mount = `${mountOwn(place.path, disk)}; cp -a '${folder.path}/.' '${place.path}'; ${fill(place.path)}; cd '${place.path}'`;
    const look = `"$@" || status=$?; find . -path '*/filler*' -prune -o -print >'${notes.join("left")}'; exit $status`;
    const flags = ["--keep-cache", "--wait", "0"];
    const outcome = await outcomeOf(folder, inOwnMounts(mount, ["sh", "-c", look, "sh", ...RESET, ...flags]));
    return { ...outcome, left: readFileSync(notes.join("left"), "utf8").trim().split("\n").sort() };
  }

  const KEPT = [
    ".",
    "./.amalfa",
    "./.amalfa/cache",
    "./.amalfa/cache/models",
    "./.amalfa/cache/models/some",
    "./.amalfa/cache/models/some/model.onnx",
    "./.amalfa/cache/vector_cache.sqlite",
    "./amalfa.settings.json",
    "./notes",
    "./notes/a.md",
  ];
  /** As many empty files as the disk takes. */
  const fillNames = (place: string) =>
    `mkdir '${place}/filler'; i=0; while touch '${place}/filler/'$i 2>/dev/null; do i=$((i + 1)); done`;

  test(
    "it frees what it can, without a byte of space",
    async () => {
      using folder = usedProject();
      const { status, stdout, left } = await resetOnFullDisk(folder, "1m", fillUp);
      expect({ status, ok: (JSON.parse(stdout) as ResetDocument).ok }).toEqual({ status: 0, ok: true });
      expect(left).toEqual(KEPT);
    },
    TIMEOUT,
  );

  test(
    "it deletes on the spot where not even a folder can be made",
    async () => {
      using folder = usedProject();
      folder.write({ ".amalfa/runtime/maintenance.lock": "" });
      const { status, left } = await resetOnFullDisk(folder, "1m,nr_inodes=60", fillNames);
      expect(status).toBe(0);
      expect(left).toEqual(KEPT);
    },
    TIMEOUT,
  );

  test(
    "it says so where there is no room for the lock",
    async () => {
      using folder = usedProject();
      const { status, stdout, left } = await resetOnFullDisk(folder, "1m,nr_inodes=60", fillNames);
      const { error } = JSON.parse(stdout) as ErrorDocument;
      expect({ status, code: error.code }).toEqual({ status: 4, code: "lock.unavailable" });
      expect(error.message).toContain("no space left");
      expect(error.hint).toContain("Free a few kilobytes");
      expect(left).toContain("./.amalfa/resonance.db");
    },
    TIMEOUT,
  );
});

describe("where .amalfa is of a lower layer of an overlay, as one that came with an image", () => {
  test.if(mayOverlay()).each([
    ["all of it", [], ["amalfa.settings.json", "notes"]],
    ["all but the cache", ["--keep-cache"], [".amalfa", "amalfa.settings.json", "notes"]],
  ])(
    "%s is deleted on the spot",
    async (_, flags, left) => {
      using folder = usedProject();
      using layers = new TempFolder();
      const script = overlayOn(folder.path, layers.path);
      const look = `"$@"; status=$?; ls -A . .amalfa/cache >'${layers.join("left")}' 2>/dev/null; exit $status`;
      const command = ["sh", "-c", look, "sh", ...RESET, ...flags];
      const { status, stdout } = await outcomeOf(folder, inOwnMounts(script, command));
      expect({ status, ok: (JSON.parse(stdout) as ResetDocument).ok }).toEqual({ status: 0, ok: true });
      const cache = flags.length > 0 ? [".amalfa/cache:", "models", "vector_cache.sqlite"] : [];
      const lines = readFileSync(layers.join("left"), "utf8").split("\n").filter(Boolean);
      expect(lines.sort()).toEqual([".:", ...left, ...cache].sort());
      expect(existsSync(folder.join(".amalfa/resonance.db"))).toBe(true);
    },
    TIMEOUT,
  );
});

/** A script that shows a folder in its own place as the lower layer of an overlay, and goes there. */
function overlayOn(folder: string, layers: string): string {
  const disk = `${layers}/disk`;
  const places = `lowerdir=${folder},upperdir=${disk}/upper,workdir=${disk}/work`;
  return [
    `mkdir '${disk}'; ${mountOwn(disk, "4m")}; mkdir '${disk}/upper' '${disk}/work'`,
    `mount -t overlay -o '${places}' none '${folder}'; cd '${folder}'`,
  ].join("\n");
}

/** Whether this user may mount an overlay, in a namespace of its own. */
function mayOverlay(): boolean {
  if (!mayMount()) return false;
  using folder = new TempFolder();
  using layers = new TempFolder();
  return Bun.spawnSync(inOwnMounts(overlayOn(folder.path, layers.path), ["true"])).exitCode === 0;
}

const RESET = [process.execPath, CLI, "reset", "--yes", "--json"];

async function outcomeOf(folder: TempFolder, command: readonly string[]) {
  const child = Bun.spawn([...command], {
    cwd: folder.path,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const [stdout, status] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  return { stdout, status };
}

/** Whether this user may mount something, in a namespace of its own. */
function mayMount(): boolean {
  return Bun.which("unshare") !== null && Bun.spawnSync([...OWN_MOUNTS, "true"]).exitCode === 0;
}

/**
 * Root may write wherever the file system lets it, so for root it is mounted read-only, or, where that is not
 * allowed, root's rights are given up; everybody else only needs to lose permission.
 */
async function resetWhereNothingCanBeWritten(folder: TempFolder) {
  const place = `'${folder.path}'`;
  const program = RESET.map((part) => `'${part}'`).join(" ");
  const mount = `mount --bind ${place} ${place}; ${remountReadOnly(folder.path)}; cd ${place}`;
  const asNobody = process.getuid?.() === 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : "";
  const forbid = `chmod -R a+rX,a-w ${place}; ${asNobody}${program}; status=$?; chmod -R u+w ${place}; exit $status`;
  return outcomeOf(folder, mayMount() ? inOwnMounts(mount, RESET) : ["sh", "-c", forbid]);
}

test(
  "nothing is mistaken for a mount point, and a real one is recognised",
  async () => {
    const { isMountPoint } = await import("../../src/system/files/tree.ts");
    using folder = new TempFolder();
    mkdirSync(folder.join("plain"));
    expect(isMountPoint(folder.join("plain"))).toBe(false);
    expect(isMountPoint("/dev")).toBe(true);
  },
  TIMEOUT,
);
