/** A process that may have few files open at once. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { amalfa, CLI, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(600_000);

const isPossible = process.platform === "linux" && Bun.which("prlimit") !== null;
const LIMIT = "(`ulimit -n`)";

let made: TempFolder;

function run(folder: TempFolder, limit: number, ...args: string[]) {
  const command = ["prlimit", `--nofile=${limit}`, process.execPath, CLI, ...args];
  const ran = Bun.spawnSync(command, { cwd: folder.path, env: { ...process.env, NO_COLOR: "1" } });
  const [stdout, stderr] = [ran.stdout.toString(), ran.stderr.toString()];
  // What the runtime or its loader says before, or instead of, a word of amalfa's is its own.
  const isOurs = stdout !== "" || /^amalfa: (?!The vector cache)/m.test(stderr);
  return { status: ran.exitCode, stdout, stderr, isOurs };
}

describe.skipIf(!isPossible)("with few files open at once", () => {
  beforeAll(async () => {
    made = new TempFolder().write({ "docs/one.md": "# One\n\nalpha [[two]]\n", "docs/two.md": "# Two\n" });
    await init(made);
  });
  afterAll(() => made[Symbol.dispose]());

  test.each([
    { flags: [], left: [] },
    { flags: ["--keep-cache"], left: [".amalfa"] },
  ])("a reset says what is lacking, and another one goes on from there: %j", async ({ flags, left }) => {
    for (let limit = 8; limit <= 18; limit++) {
      using folder = made.copy();
      const before = readdirSync(folder.join(".amalfa")).sort();
      const limited = run(folder, limit, "reset", "--yes", ...flags);
      expect(limited.stderr).not.toContain("did not foresee");
      if (limited.status !== 0 && limited.isOurs) {
        expect(limited.stderr).toContain(LIMIT);
        expect(limited.stderr).not.toMatch(/[Pp]ermission/);
      }
      if (limited.stderr.includes("Nothing was deleted"))
        expect(readdirSync(folder.join(".amalfa")).sort()).toEqual(before);

      const again = await amalfa(["reset", "--yes", ...flags], { cwd: folder.path });
      expect(again).toMatchObject({ status: 0 });
      expect(readdirSync(folder.path).sort()).toEqual([...left, "docs"]);
    }
  });

  test.each([
    { command: ["init"] },
    { command: ["rebuild"] },
    { command: ["search", "alpha"] },
    { command: ["read", "docs/one.md"] },
    { command: ["cache", "export", "x"] },
  ])("so do other commands: %j", ({ command }) => {
    for (let limit = 9; limit <= 18; limit++) {
      using folder = made.copy();
      folder.write({ "docs/new.md": "# New\n\nbeta\n" });
      const { status, isOurs, stderr } = run(folder, limit, ...command);
      expect(stderr).not.toContain("did not foresee");
      if (status === 1 && isOurs) expect(stderr).toContain(LIMIT);
    }
  });

  test("so does the doctor, whatever its checks take it for", () => {
    for (const limit of [12, 13, 14, 15]) {
      using folder = made.copy();
      const { stdout, isOurs } = run(folder, limit, "doctor", "--json");
      const { next } = isOurs ? JSON.parse(stdout) : { next: null };
      if (next !== null) expect(next).toContain(LIMIT);
    }
  });
});
