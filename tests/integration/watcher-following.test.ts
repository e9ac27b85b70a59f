import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { remoteByMounts } from "../../src/system/files/network.ts";
import { CLI } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { endServicesAfterwards, ServiceProject } from "../helpers/services.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);
endServicesAfterwards();

class Followed extends ServiceProject {
  constructor() {
    super();
    this.folder.write({ "amalfa.settings.json": '{ "watch": { "debounce": 100 } }', "a.md": "# A\n" });
  }

  async untilRead(path: string): Promise<void> {
    await until(async () => (await this.run("read", path)).status === 0, { what: `${path} in the graph` });
  }
}

/** The processes that a process has started. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1] === String(pid);
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe("the watcher follows", () => {
  test("folders below new, renamed, moved-in and copied folders", async () => {
    await using made = new Followed();
    await made.start("watcher");
    const write = async (path: string) => {
      writeFileSync(made.folder.join(path), `# ${path}\n`);
      await made.untilRead(path);
    };
    mkdirSync(made.folder.join("new/b/c"), { recursive: true });
    // Once this has arrived, the folders have been seen.
    await write("first.md");
    await write("new/b/c/later.md");
    renameSync(made.folder.join("new"), made.folder.join("renamed"));
    await made.untilRead("renamed/b/c/later.md");
    await write("renamed/b/c/edit.md");
    using outside = new TempFolder().write({ "m/k/k.md": "# K\n" });
    cpSync(outside.join("m"), made.folder.join("copied"), { recursive: true });
    renameSync(outside.join("m"), made.folder.join("moved"));
    await made.untilRead("moved/k/k.md");
    await write("moved/k/edit.md");
    await made.untilRead("copied/k/k.md");
    await write("copied/k/edit.md");
  });

  test.if(process.platform === "linux")(
    "on, when the process that follows the files dies or hangs",
    async () => {
      await using made = new Followed();
      const { pid } = await made.start("watcher");
      const followers = () => childrenOf(pid);
      const [first] = followers();
      if (first === undefined) throw new Error("nothing follows");
      process.kill(first, "SIGKILL");
      await until(() => followers().length === 1 && followers()[0] !== first, { what: "another follower" });
      writeFileSync(made.folder.join("after.md"), "# After\n");
      await made.untilRead("after.md");
      // A service is ended whatever its follower does, and leaves nothing behind.
      const [second] = followers();
      process.kill(second ?? 0, "SIGSTOP");
      expect(await made.stopAll()).toMatchObject({ ok: true, stopped: [{ pid, by: "SIGTERM" }] });
      await until(() => !readdirSync("/proc").includes(String(second)), { what: "the end of the follower" });
    },
  );

  test.if(process.platform === "linux")("leaves no follower when it is killed", async () => {
    await using made = new Followed();
    const { pid } = await made.start("watcher");
    const [follower] = childrenOf(pid);
    process.kill(follower ?? 0, "SIGSTOP");
    process.kill(pid, "SIGKILL");
    await until(() => !readdirSync("/proc").includes(String(follower)), { what: "the end of the follower" });
  });

  const MAY_UNSHARE =
    Bun.which("unshare") !== null && Bun.spawnSync(["unshare", "-Ur", "true"]).exitCode === 0;

  test.if(MAY_UNSHARE).each(["max_inotify_instances", "max_inotify_watches"])(
    "nothing where %s is used up, compares instead, says so, and ends when it is asked to",
    async (limit) => {
      await using made = new Followed();
      const script = `echo 0 > /proc/sys/user/${limit} && exec "$@"`;
      const command = [process.execPath, CLI, "--root", made.root, "--json", "watcher", "start"];
      const child = Bun.spawn(["unshare", "-Ur", "sh", "-c", script, "sh", ...command], { stdout: "pipe" });
      const { ok, pid } = (await new Response(child.stdout).json()) as { ok: boolean; pid: number };
      expect(ok).toBe(true);
      writeFileSync(made.folder.join("later.md"), "# Later\n");
      await made.untilRead("later.md");
      expect(await made.service("watcher")).toMatchObject({
        state: "running",
        reason: expect.stringContaining("compared every 10 s"),
      });
      expect(await made.stopAll()).toMatchObject({ ok: true, stopped: [{ pid, by: "SIGTERM" }] });
    },
  );
});

test("a folder on another machine's disk is known by what is mounted there", () => {
  const mounts = `/dev/disk1 on / (apfs, local, journaled)
//me@nas/notes on /Volumes/notes of mine (smbfs, nodev, nosuid, mounted by me)
nas:/x on /Volumes/nfs (nfs)
`;
  expect(remoteByMounts(mounts, "/Volumes/notes of mine/work")).toBe("SMB");
  expect(remoteByMounts(mounts, "/Volumes/nfs")).toBe("NFS");
  expect(remoteByMounts(mounts, "/Volumes/nfs2")).toBeUndefined();
  expect(remoteByMounts(mounts, "/Users/me")).toBeUndefined();
});
