/** Projects for the doctor's tests: ingested once, copied for each test; and the doctor itself, as the real program. */
import { Database } from "bun:sqlite";
import { cpSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { DoctorReport, ReportedCheck } from "../../src/maintenance/doctor/doctor.ts";
import { amalfa, amalfaJson } from "./amalfa.ts";
import { NOTES } from "./notes.ts";
import { GRAPH } from "./project-files.ts";
import { TempFolder } from "./temp-folder.ts";

/** A port on which nothing listens, so that what runs on this machine beside the tests does not show in them. */
const QUIET_PORT = "1";

export const DOCTOR_ENV = { VECTOR_PORT: QUIET_PORT };

let template: Promise<TempFolder> | undefined;

async function makeTemplate(): Promise<TempFolder> {
  const folder = new TempFolder().write(NOTES).write({ "amalfa.settings.json": "{}\n" });
  const { status, stderr } = await amalfa(["init"], { cwd: folder.path });
  if (status !== 0) throw new Error(`init failed: ${stderr}`);
  return folder;
}

/** A healthy project with a graph and a vector cache. */
export async function healthyProject(): Promise<TempFolder> {
  template ??= makeTemplate();
  const folder = new TempFolder();
  cpSync((await template).path, folder.path, { recursive: true, preserveTimestamps: true });
  return folder;
}

/** Deletes the template; call it after all tests of a file. */
export async function disposeTemplate(): Promise<void> {
  (await template)?.[Symbol.dispose]();
  template = undefined;
}

export interface Examination {
  readonly status: number;
  readonly report: DoctorReport;
}

/** Runs `amalfa doctor --json`. */
export async function doctor(
  folder: { readonly path: string },
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Examination> {
  const run = await amalfaJson<DoctorReport>(["--root", folder.path, "doctor", ...args], {
    cwd: "/",
    env: { ...DOCTOR_ENV, ...env },
  });
  return { status: run.status, report: run.document };
}

export function checkOf(report: DoctorReport, id: string): ReportedCheck {
  const check = report.checks.find((candidate) => candidate.id === id);
  if (check === undefined) throw new Error(`the report has no check ${id}: ${JSON.stringify(report)}`);
  return check;
}

/** Ids of the checks that are neither ok nor skipped. */
export function troubled(report: DoctorReport): string[] {
  return report.checks.filter(({ status }) => status === "warning" || status === "error").map(({ id }) => id);
}

/** Runs statements on the graph, as damage or another program would. */
export function alterGraph(folder: TempFolder, ...statements: string[]): void {
  using db = new Database(folder.join(GRAPH), { readwrite: true });
  for (const statement of statements) db.run(statement);
}

/**
 * Bytes and mtime of everything below a folder. Left out is what SQLite needs to read a database in WAL mode: `-shm`,
 * and an empty `-wal` (I5); folders have no mtime here, since creating those two changes it.
 */
export function fingerprint(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return names.flatMap((name) => {
    const path = join(folder, name);
    const stat = lstatSync(path, { bigint: true });
    if (name.endsWith("-shm") || (name.endsWith("-wal") && stat.size === 0n)) return [];
    if (stat.isDirectory()) return [`${name}/ ${stat.mode}`];
    if (stat.isSymbolicLink()) return [`${name} -> ${readlinkSync(path)}`];
    if (!stat.isFile()) return [`${name} ${stat.mode}`];
    const hash = new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
    return [`${name} ${stat.mode} ${stat.mtimeNs} ${hash}`];
  });
}
