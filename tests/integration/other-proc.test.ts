/** A PID namespace that has the `/proc` of another one before it: its numbers name other processes than those of `kill`. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { CLI } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { serviceCommand } from "../helpers/service-arguments.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

/** Whether this user may make a PID namespace, and say which number its next process gets. */
const MAY_NUMBER =
  process.platform === "linux" &&
  Bun.spawnSync(["unshare", "-pf", "sh", "-c", "echo 1000 > /proc/sys/kernel/ns_last_pid"]).exitCode === 0;

/** A service runs, its PID file is lost, and a stranger has the number here that the service has in `/proc`. */
const SCRIPT = `
lock() { awk -v i=$(stat -c %i .amalfa/runtime/daemon.pid.lock) '$6 ~ ":"i"$" {print $5}' /proc/locks | head -1; }
"$@" > said & service=$!
until [ -s said ]; do sleep 0.05; done
number=$(lock)
echo $((number - 1)) > /proc/sys/kernel/ns_last_pid
sleep 300 & stranger=$!
[ $stranger = $number ] || echo "the stranger has the number $stranger instead of $number"
$AMALFA servers > with-pid-file
rm .amalfa/runtime/daemon.pid
$AMALFA stop-all --json > stop-all; $AMALFA watcher stop --json > stop; $AMALFA watcher start --json > start
$AMALFA reset --yes --wait 0 --json > reset
kill -0 $stranger && echo "the stranger lives"; kill -0 $service && echo "the service lives"
kill -9 $stranger $service
`;

test.if(MAY_NUMBER)(
  "I6 No signal to a stranger: where /proc is that of another PID namespace, nothing is known of any process",
  async () => {
    using folder = new TempFolder().write({ "a.md": "# Alpha\n", "amalfa.settings.json": "{}" });
    const command = ["unshare", "-pf", "bash", "-c", SCRIPT, "bash"];
    const child = Bun.spawn([...command, ...serviceCommand("registered-service", folder.path)], {
      cwd: folder.path,
      env: { ...process.env, AMALFA: `${process.execPath} ${CLI} --root ${folder.path}`, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    expect(await new Response(child.stdout).text()).toBe("the stranger lives\nthe service lives\n");
    const read = (name: string) => readFileSync(folder.join(name), "utf8");
    const reason = expect.stringContaining("/proc is not that of the PID namespace");
    for (const name of ["stop-all", "stop"]) {
      expect(JSON.parse(read(name))).toMatchObject({
        ok: false,
        stopped: [],
        remaining: [{ service: "watcher", pid: null, state: "unknown", reason }],
      });
    }
    expect(read("with-pid-file")).toMatch(/watcher +unknown/);
    expect(JSON.parse(read("start"))).toMatchObject({
      error: { code: "service.unseen", message: reason },
    });
    expect(JSON.parse(read("reset"))).toMatchObject({
      error: { code: "reset.busy", message: reason },
    });
  },
  300_000,
);
