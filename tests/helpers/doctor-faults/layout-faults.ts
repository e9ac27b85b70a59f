/** Faults of the folders in which amalfa keeps its files. */
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { type Fault, faultsOf, writing } from "./fault.ts";

function linkTo(path: string, target: string): void {
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

export const LAYOUT_FAULTS: readonly Fault[] = [
  ...faultsOf({ check: "layout.access", status: "warning", mended: "by fix" }, [
    {
      name: "a missing folder",
      says: /runtime is missing/,
      make: (project) => rmSync(project.join(".amalfa/runtime"), { recursive: true }),
    },
  ]),
  ...faultsOf({ check: "layout.access", status: "error", mended: undefined }, [
    {
      name: ".amalfa behind a symbolic link",
      says: /symbolic link/,
      make: (project) => {
        renameSync(project.join(".amalfa"), project.join("elsewhere"));
        symlinkSync("elsewhere", project.join(".amalfa"));
      },
    },
    {
      name: ".amalfa that is a file",
      says: /is not a folder/,
      make: (project) => {
        rmSync(project.join(".amalfa"), { recursive: true });
        project.write({ ".amalfa": "a file" });
      },
    },
    {
      name: "files in the place of the folders, which is said once",
      says: /^\S+cache is not a folder\. The same holds for \S+runtime, \S+logs, \S+quarantine\.$/,
      make: (project) => {
        for (const name of ["cache", "runtime", "logs", "quarantine"]) {
          rmSync(project.join(`.amalfa/${name}`), { recursive: true, force: true });
          project.write({ [`.amalfa/${name}`]: "a file" });
        }
      },
    },
  ]),
  ...faultsOf({ check: "layout.access", status: "error", mended: undefined }, [
    {
      name: "a pipe in the place of the quarantine, where nothing can be moved to",
      says: /quarantine is not a folder/,
      make: (project) => {
        rmSync(project.join(".amalfa/quarantine"), { recursive: true, force: true });
        spawnSync("mkfifo", [project.join(".amalfa/quarantine")]);
      },
    },
    {
      name: "a folder that is a link to nowhere",
      says: /cache is a symbolic link that leads nowhere/,
      make: (project) => {
        rmSync(project.join(".amalfa/cache"), { recursive: true });
        symlinkSync("gone", project.join(".amalfa/cache"));
      },
    },
  ]),
  ...faultsOf({ check: "db.open", status: "error", mended: undefined }, [
    {
      name: "a database that is a link to where there is no folder",
      says: /resonance\.db cannot be opened: it is a symbolic link to \S+graph\.db, where there is no folder/,
      make: (project) => linkTo(project.join(".amalfa/resonance.db"), "gone/graph.db"),
    },
  ]),
  ...faultsOf({ check: "layout.access", status: "error", mended: "by fix" }, [
    {
      name: "a log of the database that is a link to a device",
      says: /resonance\.db-wal is a symbolic link, in the place of a file/,
      make: (project) => linkTo(project.join(".amalfa/resonance.db-wal"), "/dev/null"),
    },
    {
      name: "a folder in the place of the maintenance lock",
      says: /maintenance\.lock is no lock: it is not a regular file/,
      make: (project) => {
        rmSync(project.join(".amalfa/runtime/maintenance.lock"));
        project.write({ ".amalfa/runtime/maintenance.lock/file": "a file" });
      },
    },
    {
      name: "a folder in the place of a PID file",
      says: /daemon\.pid is a folder, in the place of a file/,
      make: (project) => {
        mkdirSync(project.join(".amalfa/runtime/daemon.pid"), { recursive: true });
      },
    },
    {
      name: "a maintenance lock that something was written into",
      says: /maintenance\.lock is no lock: file is not a database/,
      make: writing({ ".amalfa/runtime/maintenance.lock": "x".repeat(5000) }),
    },
  ]),
];
