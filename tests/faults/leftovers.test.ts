import { expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { partialName, withPendingNote } from "../../src/project/pending.ts";
import { expectAdvice } from "../helpers/advice.ts";
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

/** What `findings` are about. */
const subjectsOf = (report: DoctorReport): string[] =>
  checkOf(report, "db.leftovers")
    .findings.map(({ subject }) => subject)
    .sort();

/** Makes an export, which is what one that was ended looks like by its first bytes. */
async function exported(made: TempFolder, file: string): Promise<void> {
  const whole = made.join("whole.amalfa");
  expect(await amalfa(["cache", "export", whole, "--force"], { cwd: made.path })).toMatchObject({
    status: 0,
  });
  renameSync(whole, file);
}

/** The note of a command that was ended while it wrote a file. */
function noteOf(made: TempFolder, pid: number, says: object): string {
  const note = join(projectPaths(made.path).runtime, `pending-${pid}-${crypto.randomUUID()}.tmp`);
  writeFileSync(note, JSON.stringify(says));
  utimesSync(note, HOUR_AGO, HOUR_AGO);
  return note;
}

function age(folder: string): void {
  for (const name of readdirSync(folder)) lutimesSync(join(folder, name), HOUR_AGO, HOUR_AGO);
}

test("what a killed export or change of settings leaves in the project is found through its note, and moved", async () => {
  using made = await project();
  const folder = made.join("out");
  mkdirSync(folder);
  const pid = deadPid();
  const note = noteOf(made, pid, { file: join(folder, "v.amalfa") });
  const partial = join(folder, `v.amalfa.${pid}.partial`);
  const temporary = join(folder, `.amalfa-${pid}-${crypto.randomUUID()}.tmp`);
  await exported(made, partial);
  for (const file of [temporary, join(folder, "somebodys.tmp")]) writeFileSync(file, "x");
  age(folder);
  expect(subjectsOf(await look(made))).toEqual([note, partial, temporary].sort());
  expect((await look(made, "--fix")).summary).toMatchObject({ fixed: 3, warning: 0 });
  expect(readdirSync(folder)).toEqual(["somebodys.tmp"]);
});

test("what one leaves outside of the project is named and stays where it is, and so does its note", async () => {
  using made = await project();
  using elsewhere = new TempFolder();
  const pid = deadPid();
  const note = noteOf(made, pid, { file: elsewhere.join("v.amalfa") });
  const partial = elsewhere.join(`v.amalfa.${pid}.partial`);
  await exported(made, partial);
  mkdirSync(made.join("by-link"));
  symlinkSync(elsewhere.path, made.join("by-link/out"));
  noteOf(made, pid, { file: made.join("by-link/out/v.amalfa") });
  const byLink = made.join(`by-link/out/v.amalfa.${pid}.partial`);
  age(elsewhere.path);
  const before = readFileSync(partial);
  const report = await look(made, "--fix");
  expect(subjectsOf(report)).toEqual([partial, byLink].sort());
  expect(report.plan).toEqual([]);
  expect(report.next).toContain("do what db.leftovers says above");
  expect(() => expectAdvice(report)).not.toThrow();
  expect(readFileSync(partial)).toEqual(before);
  rmSync(partial);
  expect(subjectsOf(await look(made))).toContain(note);
  expect((await look(made, "--fix")).summary).toMatchObject({ fixed: 2, warning: 0 });
});

test("a note that anybody may have written makes nobody's files amalfa's: only it is moved", async () => {
  using made = await project();
  using elsewhere = new TempFolder();
  const pid = deadPid();
  const notes = [
    noteOf(made, pid, { folder: elsewhere.path }),
    ...["mine.amalfa", "linked", "folder", "other.mp4"].map((name) =>
      noteOf(made, pid, { file: elsewhere.join(name) }),
    ),
  ];
  elsewhere.write({
    "holiday.mp4.20260714.partial": "a download",
    "x.partial": "another",
    // A name that a note knows, with another content.
    [`mine.amalfa.${pid}.partial`]: "not an export",
    [`folder.${pid}.partial/kept`]: "in a folder",
    [`.amalfa-${pid}-notes.tmp`]: "not a name of amalfa's",
    [`.amalfa-1${pid}-${crypto.randomUUID()}.tmp`]: "of another process",
  });
  // An export by its content, under names that no note knows, and behind a link.
  await exported(made, elsewhere.join("other.mp4.20260714.partial"));
  symlinkSync("other.mp4.20260714.partial", elsewhere.join(`linked.${pid}.partial`));
  age(elsewhere.path);
  const before = readdirSync(elsewhere.path).sort();
  const report = await look(made);
  expect(subjectsOf(report)).toEqual([...notes].sort());
  expect((await look(made, "--fix")).summary).toMatchObject({ fixed: notes.length, warning: 0 });
  expect(readdirSync(elsewhere.path).sort()).toEqual(before);
});

test("what a clock that was wrong has stamped with a time to come is found as well", async () => {
  using made = await project();
  const path = made.join(".amalfa/resonance.db.rebuilding");
  writeFileSync(path, "x");
  const inSixtyYears = new Date(Date.now() + 60 * 365 * 86_400_000);
  utimesSync(path, inSixtyYears, inSixtyYears);
  expect(subjectsOf(await look(made))).toEqual([path]);
});

test("a note is there while a command writes, and gone afterwards", async () => {
  using made = await project();
  const paths = projectPaths(made.path);
  const notes = () => readdirSync(paths.runtime).filter((name) => name.startsWith("pending-"));
  withPendingNote(paths, "/somewhere/file", () => expect(notes()).toHaveLength(1));
  expect(notes()).toEqual([]);
  expect(partialName("/x/v")).toBe(`/x/v.${process.pid}.partial`);
});

test("the next export to the same file removes what a killed one has left, and nothing else", async () => {
  using made = await project();
  const pid = deadPid();
  await exported(made, made.join(`v.amalfa.${pid}.partial`));
  made.write({
    [`v.amalfa.${process.pid}.partial`]: "at work",
    [`w.amalfa.${pid}.partial`]: "other",
    "v.amalfa.20260714.partial": "somebody's",
    "v.amalfa.20260715.partial/kept": "in a folder",
  });
  const before = readdirSync(made.path).filter((name) => name.endsWith(".partial"));
  expect(await amalfa(["cache", "export", "v.amalfa"], { cwd: made.path })).toMatchObject({ status: 0 });
  const left = readdirSync(made.path).filter((name) => name.endsWith(".partial"));
  expect(left.sort()).toEqual(before.filter((name) => name !== `v.amalfa.${pid}.partial`).sort());
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
