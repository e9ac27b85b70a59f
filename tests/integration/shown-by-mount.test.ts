/** Services of a project whose folders a mount or a link shows in another one are that project's alone (I6). */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { projectPaths } from "../../src/project/paths.ts";
import { stopAllServices } from "../../src/services/stop.ts";
import { isStopped } from "../../src/system/process/identity.ts";
import { CLI } from "../helpers/amalfa.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { inOwnMounts, mountOwn, OWN_MOUNTS } from "../helpers/own-mounts.ts";
import { Project } from "../helpers/pid-files.ts";
import { serviceCommand } from "../helpers/service-arguments.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

setDefaultTimeout(300_000);

const mayMount =
  Bun.which("unshare") !== null &&
  Bun.which("nsenter") !== null &&
  Bun.spawnSync([...OWN_MOUNTS, "true"]).exitCode === 0;

/** Who is root of a user namespace alone may not look into processes outside of it. */
const OWN_USERS = ["unshare", "--user", "--map-root-user", "--mount"];
const mayBeRootOfOwn = mayMount && Bun.spawnSync([...OWN_USERS, "true"]).exitCode === 0;

const PID_FILES = ["kept", "lies", "gone"] as const;

/** Makes the PID file say what it has to, whatever has become of it. */
function writePidFile(state: (typeof PID_FILES)[number], theirs: Project, kept: string, root: string): void {
  if (state === "gone") rmSync(theirs.pidFile, { force: true });
  else writeFileSync(theirs.pidFile, state === "kept" ? kept : kept.replaceAll(theirs.path, root));
}

describe("I6 a service of another project is left alone", () => {
  test.if(mayMount).each([
    ["in the namespace of its service", "runtime"],
    ["in the namespace of its service", "data"],
    ["in a namespace of its own", "runtime"],
    ["in a namespace of its own", "data"],
    ["in a namespace where its own folder is covered", "data"],
    ["where nobody may look into its service", "data"],
  ] as const)("where a bind mount %s shows its %s folder", async (where, folder) => {
    if (where === "where nobody may look into its service" && !mayBeRootOfOwn) return;
    using theirs = new Project();
    using project = new Project();
    mkdirSync(theirs.paths.runtime, { recursive: true });
    mkdirSync(project.paths.runtime, { recursive: true });
    const mount = `mount --bind '${theirs.paths[folder]}' '${project.paths[folder]}'`;
    const service = serviceCommand("registered-service", theirs.path);
    const isInside = where === "in the namespace of its service";
    await using held = await HelperProcess.run(isInside ? inOwnMounts(mount, service) : service);
    const kept = readFileSync(theirs.pidFile, "utf8");
    const user = process.getuid?.() === 0 ? [] : ["--user", "--preserve-credentials"];
    const entered = ["nsenter", "--target", String(held.pid), "--mount", ...user, "--"];
    const place: Record<typeof where, (command: string[]) => string[]> = {
      "in the namespace of its service": (command) => [...entered, ...command],
      "in a namespace of its own": (command) => inOwnMounts(mount, command),
      "in a namespace where its own folder is covered": (command) =>
        inOwnMounts(`${mount}\n${mountOwn(theirs.path, "1m")}`, command),
      "where nobody may look into its service": (command) => [
        ...[...OWN_USERS, "sh", "-ec", `${mount}\nexec "$@"`, "sh"],
        ...command,
      ],
    };
    for (const state of PID_FILES) {
      for (const command of [["stop-all"], ["watcher", "stop"], ["doctor", "--fix"]]) {
        writePidFile(state, theirs, kept, project.path);
        const args = [process.execPath, CLI, "--root", project.path, ...command];
        const run = Bun.spawn(place[where](args), { stdout: "pipe", stderr: "pipe" });
        const said = (await new Response(run.stdout).text()) + (await new Response(run.stderr).text());
        await run.exited;
        expect({ state, command, said, ended: held.child.exitCode ?? held.child.signalCode }).toMatchObject({
          ended: null,
          said: expect.not.stringContaining("Stopped the"),
        });
        // Nor is its file taken away from it.
        if (state === "kept") expect(existsSync(theirs.pidFile)).toBe(true);
      }
    }
  });

  test.each(["data", "runtime"] as const)(
    "where a symbolic link leads to its %s folder, whatever the PID file says",
    async (folder) => {
      using theirs = new Project();
      using project = new Project();
      await using held = await HelperProcess.run(serviceCommand("registered-service", theirs.path));
      const kept = readFileSync(theirs.pidFile, "utf8");
      if (folder === "runtime") mkdirSync(project.paths.data);
      symlinkSync(theirs.paths[folder], project.paths[folder]);
      for (const state of PID_FILES) {
        writePidFile(state, theirs, kept, project.path);
        expect((await stopAllServices(project.paths)).stopped).toEqual([]);
        expect(held.child.exitCode ?? held.child.signalCode).toBeNull();
      }
    },
  );
});

describe("a service of the project itself is proved", () => {
  test("after the folder was moved while it was stopped by the system, with and without its PID file", async () => {
    for (const state of ["kept", "gone"] as const) {
      using place = new TempFolder();
      const [before, after] = [place.join("before"), place.join("after")];
      mkdirSync(before);
      await using held = await HelperProcess.run(serviceCommand("registered-service", before));
      process.kill(held.pid, "SIGSTOP");
      while (!isStopped(held.pid)) await Bun.sleep(5);
      renameSync(before, after);
      const paths = projectPaths(after);
      if (state === "gone") rmSync(`${paths.runtime}/daemon.pid`);
      expect((await stopAllServices(paths)).stopped).toMatchObject([{ service: "watcher", pid: held.pid }]);
    }
  });

  test("after its lock was given its name anew, so that the path by which it was opened is gone", async () => {
    using project = new Project();
    await using held = await HelperProcess.run(serviceCommand("registered-service", project.path));
    const lock = `${project.pidFile}.lock`;
    linkSync(lock, `${lock}.kept`);
    rmSync(lock);
    renameSync(`${lock}.kept`, lock);
    expect((await stopAllServices(project.paths)).stopped).toMatchObject([
      { service: "watcher", pid: held.pid },
    ]);
  });

  test.if(mayMount)("by another path of its root", async () => {
    using project = new Project();
    using place = new TempFolder();
    await using held = await HelperProcess.run(serviceCommand("registered-service", project.path));
    const mount = `mount --bind '${project.path}' '${place.path}'`;
    const args = [process.execPath, CLI, "--root", place.path, "stop-all"];
    const run = Bun.spawn(inOwnMounts(mount, args), { stdout: "pipe", stderr: "pipe" });
    expect(await new Response(run.stdout).text()).toContain(`Stopped the watcher, process ${held.pid}.`);
  });
});

describe("I6 one path in two mount namespaces is two folders", () => {
  test.if(mayMount)("a service of the other one is left alone", async () => {
    using theirs = new Project();
    using project = new Project();
    using place = new TempFolder();
    mkdirSync(project.paths.data);
    const at = `mount --bind '${theirs.path}' '${place.path}'`;
    const service = serviceCommand("registered-service", place.path);
    await using held = await HelperProcess.run(inOwnMounts(at, service));
    const mounts = `mount --bind '${project.path}' '${place.path}'\nmount --bind '${theirs.paths.data}' '${place.path}/.amalfa'`;
    const args = [process.execPath, CLI, "--root", place.path, "stop-all"];
    const run = Bun.spawn(inOwnMounts(mounts, args), { stdout: "pipe", stderr: "pipe" });
    expect(await new Response(run.stdout).text()).not.toContain("Stopped");
    expect(held.child.exitCode ?? held.child.signalCode).toBeNull();
  });
});
