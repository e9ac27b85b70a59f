/**
 * The file that `package.json` names as the program: it runs on Node alone and under Bun, and is as good as the
 * program itself.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { bunFlags } from "../../bin/bun-flags.js";
import packageJson from "../../package.json" with { type: "json" };
import { isAlive, isStopped } from "../../src/system/process/index.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

const BUN_FLAGS = bunFlags(join(import.meta.dir, "../../bin"));

setDefaultTimeout(300_000);

const PROGRAM = join(import.meta.dir, "../..");
const LAUNCHER = join(PROGRAM, packageJson.bin.amalfa);
const NODE = Bun.which("node") ?? "";

const RUNTIMES = { Node: [NODE], Bun: [process.execPath] };

interface Options {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

function start(command: readonly string[], { cwd, env }: Options) {
  return Bun.spawn([...command], { cwd, env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
}

async function run(command: readonly string[], options: Options) {
  const child = start(command, options);
  child.stdin.end();
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, status };
}

/** The process of the server that runs in a project, once it has written its PID file. */
async function serverOf(folder: TempFolder): Promise<number> {
  let pid = 0;
  await until(
    () => {
      const [name = ""] = readdirSync(folder.join(".amalfa/runtime")).filter((file) => /^mcp-\d+/.test(file));
      pid = Number(/\d+/.exec(name)?.[0]);
      return pid > 0;
    },
    { what: "a server" },
  );
  return pid;
}

describe("The launcher", () => {
  test("is a program of its own in a clone", async () => {
    using folder = new TempFolder();
    expect(statSync(LAUNCHER).mode & 0o111).toBe(0o111);
    const { stdout, status } = await run([LAUNCHER, "--version"], { cwd: folder.path });
    expect({ stdout, status }).toEqual({ stdout: `${packageJson.version}\n`, status: 0 });
  });

  for (const [name, runtime] of Object.entries(RUNTIMES)) {
    const launch = (...args: string[]) => [...runtime, LAUNCHER, ...args];

    describe(`under ${name}`, () => {
      test("passes on arguments, output and exit status as they are", async () => {
        using folder = new TempFolder().write({ "a.md": "# Alpha\n" });
        const odd = await run(launch("search", "--json", "--", "--json $HOME 'x' \"\""), {
          cwd: folder.path,
        });
        expect(JSON.parse(odd.stdout)).toMatchObject({ ok: false, error: { code: expect.any(String) } });
        expect((await run(launch("init", "--json"), { cwd: folder.path })).status).toBe(0);
        expect((await run(launch("search", "--no-such-option"), { cwd: folder.path })).status).toBe(2);
      });

      test("ends with the program when stdin ends", async () => {
        using folder = new TempFolder().write({ "a.md": "# Alpha\n", "amalfa.settings.json": "{}" });
        const child = start(launch("serve"), { cwd: folder.path });
        child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
        const server = await serverOf(folder);
        child.stdin.end();
        expect(await child.exited).toBe(0);
        expect(JSON.parse(await new Response(child.stdout).text())).toMatchObject({ id: 1, result: {} });
        expect(isAlive(server)).toBe(false);
      });

      for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"] as const) {
        test(`leaves nothing behind when it gets ${signal}`, async () => {
          using folder = new TempFolder().write({ "a.md": "# Alpha\n", "amalfa.settings.json": "{}" });
          const child = start(launch("serve"), { cwd: folder.path });
          const server = await serverOf(folder);
          child.kill(signal);
          await child.exited;
          await until(() => !isAlive(server), { what: "the end of the server" });
          expect(child.stdin).toBeDefined();
        });
      }
    });
  }

  test.each(Object.keys(RUNTIMES) as (keyof typeof RUNTIMES)[])(
    "under %s starts services that are proved and stopped even if the system has stopped them",
    async (runtime) => {
      using folder = new TempFolder().write({ "a.md": "# Alpha\n", "amalfa.settings.json": "{}" });
      const launch = [...RUNTIMES[runtime], LAUNCHER, "--root", folder.path];
      const watcher = start([...launch, "watcher", "run"], { cwd: folder.path });
      await until(() => existsSync(folder.join(".amalfa/runtime/daemon.pid")), { what: "a watcher" });
      const pid = Number.parseInt(readFileSync(folder.join(".amalfa/runtime/daemon.pid"), "utf8"), 10);
      const child = start([...launch, "serve"], { cwd: folder.path });
      const server = await serverOf(folder);
      await until(() => existsSync(folder.join(`.amalfa/runtime/mcp-${server}.pid`)), { what: "a server" });
      for (const service of [pid, server]) process.kill(service, "SIGSTOP");
      await until(() => isStopped(pid) && isStopped(server), { what: "both to be stopped" });
      const { stdout } = await run([...launch, "stop-all", "--json"], { cwd: folder.path });
      expect(JSON.parse(stdout)).toMatchObject({
        ok: true,
        stopped: expect.arrayContaining([
          { service: "watcher", pid, by: "SIGKILL" },
          { service: "mcp", pid: server, by: "SIGKILL" },
        ]),
      });
      await Promise.all([child.exited, watcher.exited]);
    },
  );

  test.each([{ HOME: "" }, { XDG_CACHE_HOME: "" }, { XDG_CACHE_HOME: "here" }])(
    "keeps Bun from writing its cache into the folder, and from taking code from there, with %j",
    async (env) => {
      using folder = new TempFolder().write({ "a.md": "# Alpha\n", "amalfa.settings.json": "{}" });
      await run([NODE, LAUNCHER, "search", "--mode", "lexical", "alpha"], { cwd: folder.path, env });
      await run([NODE, LAUNCHER, "init"], { cwd: folder.path, env });
      const rest = readdirSync(folder.path).filter((name) => name !== ".amalfa");
      expect(rest.sort()).toEqual(["a.md", "amalfa.settings.json"]);
    },
  );

  test("ends as the program does that is ended by a signal", async () => {
    using folder = new TempFolder().write({ "a.md": "# Alpha\n", "amalfa.settings.json": "{}" });
    const child = start([NODE, LAUNCHER, "serve"], { cwd: folder.path });
    process.kill(await serverOf(folder), "SIGKILL");
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
  });

  test("is watched where something stands between it and the program", async () => {
    using folder = new TempFolder().write({ "a.md": "# Alpha\n", "amalfa.settings.json": "{}" });
    // Not the program's parent, as where a version manager's own program starts Bun.
    const launcher = Bun.spawn(["sleep", "600"]);
    const program = join(PROGRAM, "src/cli.ts");
    const options = { cwd: folder.path, env: { AMALFA_LAUNCHER: String(launcher.pid) } };
    const child = start([process.execPath, ...BUN_FLAGS, program, "serve"], options);
    await serverOf(folder);
    launcher.kill("SIGKILL");
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
  });

  test("does not end what outlives the command", async () => {
    using folder = new TempFolder().write({ "a.md": "# Alpha\n" });
    const launch = (...args: string[]) => run([NODE, LAUNCHER, ...args, "--json"], { cwd: folder.path });
    expect((await launch("init")).status).toBe(0);
    const started = JSON.parse((await launch("watcher", "start")).stdout) as { pid: number };
    try {
      expect(JSON.parse((await launch("watcher", "status")).stdout)).toMatchObject({
        services: [{ state: "running", pid: started.pid }],
      });
    } finally {
      await launch("stop-all");
    }
    expect(isAlive(started.pid)).toBe(false);
  });

  test("passes one press of Ctrl-C on as one", async () => {
    using folder = new TempFolder().write({
      "a.md": "# Alpha\n",
      "slow.ts": `
        process.env.AMALFA_LAUNCHER = process.argv[2];
        const { interruptSignal } = await import(${JSON.stringify(join(PROGRAM, "src/cli/invocation.ts"))});
        const signal = interruptSignal();
        signal.addEventListener("abort", () =>
          setTimeout(() => {
            console.log("finished what it had to");
            process.exit(0);
          }, 50),
        );
        setInterval(() => {}, 1000);
        process.kill(process.pid, "SIGINT");
        process.kill(process.pid, "SIGINT");
      `,
    });
    const launched = await run([process.execPath, "slow.ts", String(process.pid)], { cwd: folder.path });
    expect(launched).toMatchObject({ stdout: "finished what it had to\n", status: 0 });
    expect(await run([process.execPath, "slow.ts", "0"], { cwd: folder.path })).toMatchObject({
      status: 130,
    });
  });
});

test.each([
  ["before the result is written ends as interrupted", "", 130],
  ["after it has been written leaves the status as it is", "await printReport", 3],
])("a second Ctrl-C %s", async (_, print, status) => {
  const source = (path: string): string => JSON.stringify(join(PROGRAM, "src/cli", path));
  using folder = new TempFolder().write({
    "twice.ts": `
      const { interruptSignal } = await import(${source("invocation.ts")});
      const { printReport } = await import(${source("output/result.ts")});
      interruptSignal();
      ${print === "" ? "" : `${print}({ json: true, color: false }, { ok: true }, () => "");`}
      process.exitCode = 3;
      setInterval(() => {}, 1000);
      process.kill(process.pid, "SIGINT");
      process.kill(process.pid, "SIGINT");
    `,
  });
  const { AMALFA_LAUNCHER: _launcher, ...env } = process.env;
  const ended = await run([process.execPath, "twice.ts"], { cwd: folder.path, env });
  expect(ended).toMatchObject({ status, stdout: print === "" ? "" : '{\n  "ok": true\n}\n' });
});

describe("The launcher finds Bun", () => {
  /** A program that tells how it was called. */
  const TELLS = '#!/bin/sh\nprintf "%s\\n" "$0" "$@"\n';

  function fakeBun(folder: TempFolder, path: string): string {
    folder.write({ [path]: TELLS });
    chmodSync(folder.join(path), 0o755);
    return folder.join(path);
  }

  function installation(): TempFolder {
    const folder = new TempFolder();
    cpSync(join(PROGRAM, "bin"), folder.join("node_modules/amalfa/bin"), { recursive: true });
    cpSync(join(PROGRAM, "package.json"), folder.join("node_modules/amalfa/package.json"));
    return folder;
  }

  const launcherIn = (folder: TempFolder) => [NODE, folder.join("node_modules/amalfa/bin/amalfa.js")];
  const NO_BUN = { PATH: "/nowhere", HOME: "/nowhere", BUN_INSTALL: undefined };

  test("among its own packages first, and starts it with what keeps the folder's files out", async () => {
    using folder = installation();
    using elsewhere = new TempFolder();
    fakeBun(elsewhere, "bun");
    const system = process.platform;
    const arch = process.arch === "arm64" ? "aarch64" : process.arch;
    const own = fakeBun(folder, `node_modules/@oven/bun-${system}-${arch}/bin/bun`);
    const { stdout } = await run([...launcherIn(folder), "stats"], {
      cwd: folder.path,
      env: { ...NO_BUN, PATH: elsewhere.path },
    });
    const bin = folder.join("node_modules/amalfa/bin");
    const flags = BUN_FLAGS.map((flag) => flag.replace(join(PROGRAM, "bin"), bin));
    expect(stdout.trim().split("\n")).toEqual([own, ...flags, join(bin, "../src/cli.ts"), "stats"]);
  });

  test("else on the PATH, but in no folder that depends on where it is called, nor in one of a project", async () => {
    using folder = installation();
    using elsewhere = new TempFolder();
    for (const place of ["bun", "bin/bun", "node_modules/.bin/bun"]) fakeBun(folder, place);
    const good = fakeBun(elsewhere, "bun");
    const hostile = ["", ".", "bin", "./bin", folder.join("node_modules/.bin")].join(":");
    const path = `${hostile}:${elsewhere.path}`;
    const options = { cwd: folder.path, env: { ...NO_BUN, PATH: path } };
    expect((await run([...launcherIn(folder), "stats"], options)).stdout).toStartWith(`${good}\n`);
    const without = await run([...launcherIn(folder), "stats"], {
      ...options,
      env: { ...NO_BUN, PATH: hostile },
    });
    expect(without).toMatchObject({ stdout: "", status: 1 });
  });

  test("else where its installer puts it, which is on nobody's PATH in a client that was started from a menu", async () => {
    using folder = installation();
    using home = new TempFolder();
    const bun = fakeBun(home, ".bun/bin/bun");
    const options = { cwd: folder.path, env: { ...NO_BUN, HOME: home.path } };
    expect((await run([...launcherIn(folder), "stats"], options)).stdout).toStartWith(`${bun}\n`);
  });

  test("or says what to do, as text and as JSON", async () => {
    using folder = installation();
    mkdirSync(folder.join("empty"));
    const options = { cwd: folder.path, env: NO_BUN };
    const text = await run([...launcherIn(folder), "stats"], options);
    expect(text).toMatchObject({ stdout: "", status: 1 });
    expect(text.stderr).toContain("npm install -g bun");
    const json = await run([...launcherIn(folder), "stats", "--json"], options);
    expect(json).toMatchObject({ stderr: "", status: 1 });
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, error: { code: "bun.missing" } });
    const query = await run([...launcherIn(folder), "search", "--", "--json"], options);
    expect(query.stdout).toBe("");
  });
});
