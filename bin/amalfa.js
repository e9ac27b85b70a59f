#!/usr/bin/env node
/**
 * Starts amalfa, which runs on Bun, from wherever it is called: by Node, which most people have, or by Bun itself.
 *
 * Bun applies files of the working directory to whatever it runs there; `bun-flags.js` keeps them out. Where the
 * system can put one program in the place of another (`process.execve`), that is all. Elsewhere, as with Node 20, Bun
 * is a child: it has this process's input and output, gets the signals that come here, and its end is the end of
 * both. It watches over this process in turn (`src/cli/launched.ts`), since nobody can pass on a SIGKILL.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bunFlags, programFolders } from "./bun-flags.js";

const WINDOWS = process.platform === "win32";
const EXECUTABLE = WINDOWS ? "bun.exe" : "bun";
const SIGNALS = WINDOWS ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"];

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const bun = process.versions.bun === undefined ? findBun() : process.execPath;

if (bun === undefined) {
  fail(
    "bun.missing",
    "amalfa runs on Bun, which was found neither among its own packages nor on the PATH.",
    "Install it from https://bun.sh or with `npm install -g bun`, or reinstall amalfa without leaving out optional packages.",
  );
} else start(bun, [...bunFlags(here), program(), ...args]);

/** What is published is bundled, which starts faster; a clone runs its sources, even if it was packed once. */
function program() {
  const bundled = join(here, "../dist/src/cli.js");
  return existsSync(bundled) && !existsSync(join(here, "../bun.lock"))
    ? bundled
    : join(here, "../src/cli.ts");
}

/** Its own dependency, else what the user has installed: on the PATH, or where Bun's installer puts it. */
function findBun() {
  return (
    ownBun() ??
    searchFolders()
      .map((folder) => join(folder, EXECUTABLE))
      .find(isProgram)
  );
}

/** Bun's packages, one a platform, hold the program as it is: no script has to run at install. */
function ownBun() {
  const system = WINDOWS ? "windows" : process.platform;
  const arch = process.arch === "arm64" ? "aarch64" : process.arch;
  const names = ["", "-baseline", "-musl", "-musl-baseline"].map((kind) => `bun-${system}-${arch}${kind}`);
  const found = names.map(installed).filter((path) => path !== undefined);
  return found.length > 1 ? (found.find(fitsMachine) ?? found[0]) : found[0];
}

function installed(name) {
  for (let folder = here; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules/@oven", name, "bin", EXECUTABLE);
    if (isProgram(path)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Installers that know nothing of C libraries and processors bring several. */
function fitsMachine(path) {
  if (process.platform !== "linux") return true;
  const musl = process.report.getReport().header.glibcVersionRuntime === undefined;
  if (path.includes("-musl") !== musl) return false;
  return process.arch !== "x64" || path.includes("-baseline") || /\bavx2\b/.test(read("/proc/cpuinfo"));
}

function searchFolders() {
  const { PATH = "", BUN_INSTALL = "", HOME = "", USERPROFILE = "" } = process.env;
  const folders = programFolders(PATH);
  // What npm installs globally on Windows is a script beside the packages, and only a shell could run that.
  if (WINDOWS) folders.push(...folders.map((folder) => join(folder, "node_modules/bun/bin")));
  folders.push(join(BUN_INSTALL, "bin"), join(WINDOWS ? USERPROFILE : HOME, ".bun/bin"));
  return folders.filter((folder) => isAbsolute(folder));
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function start(program, programArgs) {
  // Where the home has no absolute path, Bun keeps translated code in the working directory, and takes it from there.
  const env = { ...environment(), BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" };
  if (process.execve !== undefined) {
    process.execve(program, [program, ...programArgs], env);
    return;
  }
  env.AMALFA_LAUNCHER = String(process.pid);
  let child;
  for (const signal of SIGNALS) {
    // A console of Windows tells everybody in it by itself.
    process.on(signal, () => WINDOWS || child?.kill(signal));
  }
  child = spawn(program, programArgs, { stdio: "inherit", env });
  child.on("error", (error) => {
    fail(
      "bun.failed",
      `${program} cannot be started: ${error.message}.`,
      "Reinstall Bun, or put another one first on the PATH.",
    );
  });
  child.on("exit", (code, signal) => {
    if (signal === null || WINDOWS) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // Where the signal is one that this process cannot end by.
    setTimeout(() => process.exit(1), 1_000);
  });
}

/**
 * Under Bun the variables of the folder's `.env` are in `process.env` already; the system tells those that it was
 * started with.
 */
function environment() {
  const started = process.versions.bun === undefined ? "" : read("/proc/self/environ");
  if (started === "") return { ...process.env };
  const entries = started.split("\0").filter((entry) => entry.includes("="));
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** As every command tells an error: as text, or as the one document that --json asks for. */
function fail(code, message, hint) {
  const end = args.indexOf("--");
  const json = (end === -1 ? args : args.slice(0, end)).includes("--json");
  if (json) console.log(JSON.stringify({ ok: false, error: { code, message, hint } }, undefined, 2));
  else console.error(`amalfa: ${message}\n  ${hint}`);
  process.exitCode = 1;
}
