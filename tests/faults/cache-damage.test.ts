/**
 * I8: whatever is damaged of the vector cache, no wrong vector is used, the doctor names it, and what it recommends puts
 * it right and loses nothing that was right.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { DamageOutcome } from "../helpers/cache-damage-sweep.ts";
import { DOCTOR_ENV, disposeTemplate, healthyProject } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";

useMadeUpModel();

setDefaultTimeout(600_000);

/** What came of every damage that there is, each in a copy of its own. */
let outcomes: readonly DamageOutcome[] = [];

beforeAll(async () => {
  using folder = await healthyProject();
  const sweep = join(import.meta.dir, "../helpers/cache-damage-sweep.ts");
  const child = Bun.spawn([process.execPath, sweep, folder.path], {
    env: { ...process.env, ...DOCTOR_ENV },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(stderr);
  outcomes = JSON.parse(stdout) as DamageOutcome[];
});
afterAll(disposeTemplate);

const NEWER = "PRAGMA user_version = 3";
const byChance = () => outcomes.filter(({ isForged }) => !isForged);
const names = (of: readonly DamageOutcome[]) => of.map(({ name }) => name);

describe("I8 of every damage of the vector cache", () => {
  test("there are many kinds", () => expect(outcomes.length).toBeGreaterThan(150));

  test("none has a wrong vector used", () => {
    expect(names(byChance().filter(({ wrong }) => wrong > 0))).toEqual([]);
  });

  test("none is met by something unforeseen", () => {
    expect(outcomes.filter(({ unforeseen }) => unforeseen.length > 0)).toEqual([]);
  });

  test("each that readers warn of is named by the doctor", () => {
    expect(byChance().filter(({ warned, said }) => warned.length > 0 && said.length === 0)).toEqual([]);
  });

  test("each is put right by what the doctor recommends, but a cache of a newer version", () => {
    const left = byChance().filter(
      ({ saidAfter, saidInTheEnd, warnedAfter }) =>
        saidAfter.length + saidInTheEnd.length + warnedAfter.length > 0,
    );
    expect(names(left)).toEqual([NEWER]);
  });

  test("none has the fix lose a row that was right, or leaves another graph", () => {
    expect(byChance().filter(({ lost, isSameGraph }) => lost > 0 || !isSameGraph)).toEqual([]);
  });

  test("what proves itself and is not the model's is told by computing it again", () => {
    const forged = outcomes.filter(({ isForged }) => isForged);
    expect(forged.length).toBeGreaterThan(0);
    for (const { commands } of forged) expect(commands).toContain("amalfa rebuild --no-cache");
  });
});
