import { expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { partialName, withPendingNote } from "../../src/project/pending.ts";
import { amalfa, amalfaJson, CLI, init } from "../helpers/amalfa.ts";
import { checkOf } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { inOwnMounts, mountOwn, OWN_MOUNTS } from "../helpers/own-mounts.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const HOUR_AGO = new Date(Date.now() - 3_600_000);

/** A process that has ended. */
function deadPid(): number {
  return Bun.spawnSync(["true"]).pid;
}

async function project(): Promise<TempFolder> {
  const made = new TempFolder().write({ "a.md": "# A\n" });
  expect((await init(made)).status).toBe(0);
  return made;
}

const look = async (folder: TempFolder, ...args: string[]): Promise<DoctorReport> =>
  (await amalfaJson<DoctorReport>(["doctor", "--check", "db.leftovers", ...args], { cwd: folder.path }))
    .document;

test("what a killed export or change of settings leaves elsewhere is found through its note, and moved", async () => {
  using made = await project();
  using elsewhere = new TempFolder();
  const { runtime } = projectPaths(made.path);
  const pid = deadPid();
  const partial = elsewhere.join(`vectors.amalfa.${pid}.partial`);
  const temporary = elsewhere.join(`.amalfa-${pid}-${crypto.randomUUID()}.tmp`);
  const note = join(runtime, `pending-${pid}-${crypto.randomUUID()}.tmp`);
  writeFileSync(note, JSON.stringify({ folder: elsewhere.path }));
  for (const file of [partial, temporary, elsewhere.join("somebodys.tmp"), elsewhere.join("x.partial")]) {
    writeFileSync(file, "x");
    utimesSync(file, HOUR_AGO, HOUR_AGO);
  }
  utimesSync(note, HOUR_AGO, HOUR_AGO);
  const subjects = checkOf(await look(made), "db.leftovers").findings.map(({ subject }) => subject);
  expect(subjects.sort()).toEqual([note, partial, temporary].sort());
  expect((await look(made, "--fix")).summary).toMatchObject({ fixed: 3, warning: 0 });
  expect(readdirSync(elsewhere.path).sort()).toEqual(["somebodys.tmp", "x.partial"]);
});

test("what a clock that was wrong has stamped with a time to come is found as well", async () => {
  using made = await project();
  const path = made.join(".amalfa/resonance.db.rebuilding");
  writeFileSync(path, "x");
  const inSixtyYears = new Date(Date.now() + 60 * 365 * 86_400_000);
  utimesSync(path, inSixtyYears, inSixtyYears);
  const subjects = checkOf(await look(made), "db.leftovers").findings.map(({ subject }) => subject);
  expect(subjects).toEqual([path]);
});

test("a note is there while a command writes, and gone afterwards", async () => {
  using made = await project();
  const paths = projectPaths(made.path);
  const notes = () => readdirSync(paths.runtime).filter((name) => name.startsWith("pending-"));
  withPendingNote(paths, "/somewhere", () => expect(notes()).toHaveLength(1));
  expect(notes()).toEqual([]);
  expect(partialName("/x/v")).toBe(`/x/v.${process.pid}.partial`);
});

test("the next export to the same file removes what a killed one has left, and nothing else", async () => {
  using made = await project();
  const pid = deadPid();
  made.write({
    [`v.amalfa.${pid}.partial`]: "half",
    [`v.amalfa.${process.pid}.partial`]: "at work",
    [`w.amalfa.${pid}.partial`]: "other",
  });
  expect(await amalfa(["cache", "export", "v.amalfa"], { cwd: made.path })).toMatchObject({ status: 0 });
  const left = readdirSync(made.path).filter((name) => name.endsWith(".partial"));
  expect(left.sort()).toEqual([`v.amalfa.${process.pid}.partial`, `w.amalfa.${pid}.partial`].sort());
});

test("half a copy in quarantine is found", async () => {
  using made = await project();
  const folder = join(projectPaths(made.path).quarantine, "2026-01-01T00-00-00.000Z");
  mkdirSync(folder, { recursive: true });
  const half = join(folder, "resonance.db.123.copying");
  writeFileSync(half, "half");
  utimesSync(half, HOUR_AGO, HOUR_AGO);
  const before = join(folder, "resonance.db");
  writeFileSync(before, "whole");
  renameSync(before, `${before}.kept`);
  expect(checkOf(await look(made), "db.leftovers").findings).toMatchObject([{ subject: half }]);
  expect((await look(made, "--fix")).summary).toMatchObject({ fixed: 1 });
  expect(existsSync(`${before}.kept`)).toBe(true);
});

const MAY_MOUNT = Bun.spawnSync([...OWN_MOUNTS, "true"]).exitCode === 0;

test.if(MAY_MOUNT)(
  "an ingest on a disk that is nearly full says before it begins what it needs and what there is",
  () => {
    using made = new TempFolder();
    const script = `${mountOwn(made.path, "3m")}; yes 'words of a turtle' | head -c 1000000 > '${made.path}/a.md'`;
    const [command = "", ...args] = inOwnMounts(script, [process.execPath, CLI, "--root", made.path, "init"]);
    const { stderr } = spawnSync(command, args, { encoding: "utf8" });
    expect(stderr).toMatch(/^amalfa: this may need about \d.* MiB on the disk of .*, where .* are free/m);
  },
);
