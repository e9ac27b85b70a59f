/** Faults of the folders in which amalfa keeps its files. */
import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { type Fault, faultsOf, writing } from "./fault.ts";

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
  ...faultsOf({ check: "layout.access", status: "error", mended: "by fix" }, [
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
