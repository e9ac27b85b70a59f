import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { takeMaintenanceLock } from "../../src/project/lock/lock.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { readProcessIdentity } from "../../src/system/process/identity.ts";
import { amalfa, startAmalfa } from "../helpers/amalfa.ts";
import { agreeTo } from "../helpers/consent.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const INTERRUPTED = 130;
const SQLITE_SIDE_FILES = /-(?:wal|shm)$/;

/** Settings that say when they are read: from then on the command is at work. */
const SETTINGS = `import { writeFileSync } from "node:fs";
writeFileSync(new URL("./at-work", import.meta.url), "");
export default { sources: ["docs"] };
`;

const prepared = new TempFolder();

beforeAll(async () => {
  const notes = Array.from({ length: 300 }, (_, place) => [
    `docs/note${place}.md`,
    `# Note ${place}\n\nThe words of note ${place}, see [[note${(place + 1) % 300}]].\n`,
  ]);
  prepared.write({ ...Object.fromEntries(notes), "amalfa.config.ts": SETTINGS });
  await agreeTo(prepared.join("amalfa.config.ts"));
  const { status, stderr } = await amalfa(["init", "--quiet"], { cwd: prepared.path });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
afterAll(() => prepared[Symbol.dispose]());

async function project(): Promise<TempFolder> {
  const folder = new TempFolder();
  cpSync(prepared.path, folder.path, { recursive: true, preserveTimestamps: true });
  rmSync(folder.join("at-work"), { force: true });
  await agreeTo(folder.join("amalfa.config.ts"));
  return folder;
}

/**
 * What lies in a folder, without what SQLite needs to read a database, and without the lock: a command notes for a
 * moment how copied files look, and who held a lock that is free may still stand beside it.
 */
function entries(folder: TempFolder): string[] {
  const names = readdirSync(folder.path, { recursive: true, encoding: "utf8" });
  const passing = (name: string): boolean => name === "at-work" || name.includes("maintenance.lock");
  return names.filter((name) => !passing(name) && !SQLITE_SIDE_FILES.test(name)).sort();
}

interface Interrupted {
  /** As a shell reports it, also of a process that the signal itself ended. */
  readonly status: number;
  readonly output: string;
}

function childrenOf(parent: number): number[] {
  const { stdout } = Bun.spawnSync(["ps", "-A", "-o", "pid=,ppid="]);
  const pairs = stdout.toString().trim().split("\n");
  return pairs
    .map((pair) => pair.trim().split(/\s+/).map(Number))
    .flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
}

/** Starts a command, sends SIGINT once it is at work, and waits for it and all processes that it started. */
async function interrupt(folder: TempFolder, args: readonly string[]): Promise<Interrupted> {
  const child = startAmalfa(args, { cwd: folder.path, env: { VECTOR_PORT: "0" } });
  await until(() => existsSync(folder.join("at-work")), { what: "the reading of the settings" });
  const started = childrenOf(child.pid);
  child.kill("SIGINT");
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  for (const pid of started) await until(() => readProcessIdentity(pid).kind === "dead");
  const status = child.signalCode === "SIGINT" ? INTERRUPTED : (child.exitCode ?? -1);
  return { status, output: stdout + stderr };
}

describe("SIGINT", () => {
  test.each([
    [["search", "the", "words"]],
    [["validate"]],
    [["find-gaps"]],
    [["doctor"]],
    [["doctor", "--deep"]],
  ])("ends %j with 130, without a word and with nothing left behind", async (args) => {
    using folder = await project();
    const before = entries(folder);
    let outcome: Interrupted = { status: 0, output: "" };
    // On a fast machine a command may be done before the signal arrives.
    for (let attempt = 0; attempt < 20 && outcome.status !== INTERRUPTED; attempt++) {
      rmSync(folder.join("at-work"), { force: true });
      outcome = await interrupt(folder, args);
    }
    expect(outcome).toEqual({ status: INTERRUPTED, output: "" });
    expect(entries(folder)).toEqual(before);
    const { status, stdout } = await amalfa(["doctor", "--check", "db.integrity", "db.leftovers"], {
      cwd: folder.path,
    });
    expect({ status, stdout }).toMatchObject({ status: 0 });
  });

  test.each(["rebuild", "init"])("ends a %s that waits for the lock, and says so", async (command) => {
    using folder = await project();
    const before = entries(folder);
    using _lock = await takeMaintenanceLock(projectPaths(folder.path), { command: "test", waitSeconds: 10 });
    const child = startAmalfa([command, "--wait", "80000"], { cwd: folder.path });
    const decoder = new TextDecoder();
    let stderr = "";
    for await (const bytes of child.stderr) {
      stderr += decoder.decode(bytes, { stream: true });
      if (stderr.includes("waiting for")) child.kill("SIGINT");
    }
    expect(await child.exited).toBe(INTERRUPTED);
    const [last, hint] = stderr.trimEnd().split("\n").slice(-2);
    expect(last).toMatch(/^amalfa: .* was interrupted\.$/);
    expect(hint).toContain("Run the command again when you like");
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(entries(folder)).toEqual(before);
  });
});
