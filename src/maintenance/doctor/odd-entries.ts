/** What lies in `.amalfa` under a name that SQLite or a service would open, and is no file: named, and never opened. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ProjectPaths } from "../../project/index.ts";
import { BESIDE } from "../../sqlite/index.ts";
import { isBelow, oddKindAt, realPlace } from "../../system/files/index.ts";
import { BUILDING_SUFFIX } from "../rebuild/index.ts";
import type { Finding } from "./check.ts";

/** Below a folder of models: model, `onnx`, file. */
const MODEL_DEPTH = 3;

/** Not what lies in the place of the quarantine, which nothing can be moved to then: that is no folder. */
export function oddEntryFindings(paths: ProjectPaths): Finding[] {
  const { data, runtime, logs, cacheDirectory, models, database, vectorCache } = paths;
  const anywhere = [
    ...[data, runtime, logs, cacheDirectory].flatMap((folder) => entriesIn(folder, 1)),
    ...entriesIn(models, MODEL_DEPTH),
  ].filter(
    (path) =>
      path !== paths.quarantine && ["a named pipe", "a socket", "a device"].includes(kindAt(path) ?? ""),
  );
  const files = [
    ...[database, vectorCache].flatMap((path) => BESIDE.map((end) => realPlace(path) + end)),
    ...["", ...BESIDE].map((end) => realPlace(database) + BUILDING_SUFFIX + end),
    ...entriesIn(runtime, 1)
      .filter((path) => path.endsWith(".lock"))
      .flatMap((path) => BESIDE.map((end) => path + end)),
    `${paths.maintenanceLock}.holder`,
    join(runtime, "nonce"),
    ...entriesIn(logs, 1).filter((path) => /\.log(\.\d+)?$/.test(path)),
  ];
  // What is wrong with a PID file is for pid.stale to say, which removes it; a folder it could not remove.
  const odd = new Set([
    ...[...anywhere, ...files].filter((path) => !path.endsWith(".pid")),
    ...foldersInPlaceOfPidFiles(paths),
  ]);
  return [...odd].sort().flatMap((path) => {
    const kind = kindAt(path);
    return kind === undefined ? [] : [finding(paths, path, kind)];
  });
}

/** PID files, by their names, that are folders: nothing can be told of what they would say. */
export function foldersInPlaceOfPidFiles({ runtime }: ProjectPaths): string[] {
  return entriesIn(runtime, 1).filter((path) => path.endsWith(".pid") && kindAt(path) === "a folder");
}

function finding(paths: ProjectPaths, path: string, kind: string): Finding {
  // What is moved of a link is the link, wherever it leads.
  const inside = [paths.data, realPlace(paths.data)].some((data) => isBelow(data, path));
  return {
    severity: "error",
    message: `${path} is ${kind}, in the place of a file.`,
    why:
      "Opening it would wait for ever or fail. Commands that need the file do without it, or stop." +
      (inside ? "" : " Move it away."),
    subject: path,
    fix: inside
      ? { action: "move it to quarantine when no process has it open", target: { path, move: "aside" } }
      : undefined,
    commands: [],
  };
}

function entriesIn(folder: string, depth: number): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() && depth > 1 ? entriesIn(path, depth - 1) : [path];
    });
  } catch {
    // A folder that is not there holds nothing, and one that cannot be read is another finding.
    return [];
  }
}

function kindAt(path: string): string | undefined {
  try {
    return oddKindAt(path);
  } catch {
    return undefined;
  }
}
