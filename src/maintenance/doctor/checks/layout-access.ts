/**
 * `layout.access`: `.amalfa` and what is in it are of the right type, may be read and written, and have space to
 * grow.
 */

import { accessSync, constants, lstatSync, readdirSync, type Stats, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { DATA_IGNORE_FILE, makeFolderOf, type ProjectPaths } from "../../../project/index.ts";
import { LEAST_ROOM_BYTES, liesBelow, realPlace, shortageIn } from "../../../system/files/index.ts";
import { accessReason, formatBytes, systemErrorCode } from "../../../system/index.ts";
import {
  type Check,
  type CheckOutcome,
  type Finding,
  type FixContext,
  type FixTarget,
  mergeAlike,
  outcomeOf,
  textOf,
} from "../check.ts";
import { obstacleTo } from "../creatable.ts";
import { hardLinkFindings } from "../hard-links.ts";
import { lockFileFindings, lockFilesIn } from "../lock-files.ts";
import { oddEntryFindings } from "../odd-entries.ts";
import { projectListFindings, setProjectListAside } from "../project-list.ts";
import { THRESHOLDS } from "../thresholds.ts";

export const layoutAccess: Check = {
  id: "layout.access",
  repair: settle,
  async run({ project }): Promise<CheckOutcome> {
    const { paths } = project;
    const list = await projectListFindings();
    const outcome = (found: readonly Finding[], message = ""): CheckOutcome =>
      outcomeOf(mergeAlike(unique([...list, ...found])), message);
    const findings = folderFindings(paths.root, "required");
    // Space is of no use where nothing may be written.
    if (findings.length === 0) findings.push(...diskFindings(paths.root));
    if (findings.length === 0) findings.push(...quotaFindings(paths));
    const data = look(paths.data);
    if (data === undefined) return outcome(findings, "there is no .amalfa yet; the first ingest makes it");
    const shape = shapeFinding(paths.data, data);
    if (shape !== undefined) return outcome([...findings, shape]);
    findings.push(...folderFindings(paths.data, "required"));
    const runtime = look(paths.runtime);
    const linked = runtime?.isSymbolicLink() === true ? shapeFinding(paths.runtime, runtime) : undefined;
    if (linked !== undefined) return outcome([...findings, linked]);
    // A server may have been there before the first ingest, which makes the rest: that is no loss.
    const derived = look(paths.database) === undefined ? "made at first" : "made again";
    findings.push(...[paths.cacheDirectory, paths.runtime].flatMap((path) => folderFindings(path, derived)));
    findings.push(...ownFolderFindings(paths.logs));
    // What a fix has to move away has nowhere to go, and the same fix would be advised for ever.
    const nowhere = ownFolderFindings(paths.quarantine);
    findings.push(...nowhere.map((finding) => ({ ...finding, first: quarantineFirst(paths) })));
    for (const file of [paths.database, paths.vectorCache]) {
      if (!liesBelow(paths.data, file)) findings.push(...folderFindings(dirname(file), derived));
      findings.push(...hardLinkFindings(file, file === paths.database ? ["amalfa rebuild"] : []));
      findings.push(...["", "-wal", "-shm"].flatMap((end) => fileFindings(file + end)));
    }
    for (const file of lockFilesIn(paths.runtime)) {
      findings.push(...lockFileFindings(file), ...fileFindings(file));
    }
    findings.push(...oddEntryFindings(paths));
    return outcome(findings, `${paths.data} can be read and written`);
  },
};

const SETTLE =
  "Every command that writes there fails. Correct its owner and permissions (chown, chmod), or mount it writable.";
/**
 * Permissions of a folder are for its entries: with the files of the write-ahead log lying there, searches brought
 * changes in and `init` worked, while the doctor said that every command fails.
 */
const SETTLE_ENTRIES =
  "Nothing can be made, moved or deleted in it, and SQLite makes files beside a database to write to it. Commands " +
  "that need that fail; files that are there may still be written. Correct its owner and permissions (chown, chmod).";

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function fault(severity: Finding["severity"], subject: string, message: string, why: string): Finding {
  return { severity, message, why, subject, commands: [] };
}

function shapeFinding(path: string, stat: Stats): Finding | undefined {
  if (stat.isSymbolicLink()) {
    return fault(
      "error",
      path,
      `${path} is a symbolic link.`,
      "amalfa deletes and moves things in there, and does not do so through a link. Replace it by a real folder.",
    );
  }
  if (stat.isDirectory()) return undefined;
  return fault(
    "error",
    path,
    `${path} is not a folder.`,
    "Everything amalfa derives lies in there. Move it away; `amalfa init` makes the folder.",
  );
}

/** Of a folder that nothing is written to or moved to through a link. */
function ownFolderFindings(path: string): Finding[] {
  const stat = look(path);
  const linked = stat?.isSymbolicLink() === true ? shapeFinding(path, stat) : undefined;
  return linked === undefined ? folderFindings(path, "optional") : [linked];
}

function folderFindings(
  path: string,
  need: "required" | "made at first" | "made again" | "optional",
): Finding[] {
  let stat: Stats | undefined;
  try {
    // A folder may be a link to a disk with more space; those that may not have been looked at.
    stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return need.startsWith("made") ? missing(path, need === "made again") : [];
    readdirSync(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (systemErrorCode(error) === "ENOTDIR")
      return [
        fault(
          "error",
          path,
          `${path} is not a folder.`,
          "What belongs there cannot be written. Move it away; amalfa makes the folder.",
        ),
      ];
    const severity = need === "optional" ? "warning" : "error";
    const code = systemErrorCode(error);
    if (stat?.isSymbolicLink() === true && (code === "ENOENT" || code === "ELOOP"))
      return [
        fault(
          severity,
          path,
          `${path} is a symbolic link that leads ${code === "ELOOP" ? "in a circle" : "nowhere"}.`,
          "What belongs there cannot be written. Mend the link, or remove it; amalfa makes the folder.",
        ),
      ];
    const keepsEntries = code === "EACCES" && isReadable(path);
    const finding = fault(
      severity,
      path,
      `${path} cannot be ${keepsEntries ? "" : "read and "}written: ${accessReason(error)}${ownerOf(stat)}.`,
      keepsEntries ? SETTLE_ENTRIES : SETTLE,
    );
    return [need === "required" ? { ...finding, first: firstOfAll(path, code) } : finding];
  }
  return [];
}

function isReadable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function quarantineFirst({ quarantine }: ProjectPaths): string {
  return `nothing can be moved to ${quarantine}: do what layout.access says of it, then run \`amalfa doctor\` again`;
}

function firstOfAll(path: string, code: string | undefined): string {
  return code === "EROFS"
    ? `the disk of ${path} is read-only: mount it writable, then run \`amalfa doctor\` again`
    : `correct the owner or the permissions of ${path}, then run \`amalfa doctor\` again`;
}

/** @param isLost false where it has yet to be made: then only what would keep it from being made is a finding. */
function missing(path: string, isLost: boolean): Finding[] {
  const obstacle = obstacleTo(join(path, "file"));
  if (obstacle !== undefined) {
    const message = `The folder ${path} is missing, and cannot be made: ${obstacle}.`;
    const why =
      "What belongs there cannot be written. Correct the setting that leads there, or the permissions.";
    return [fault("warning", path, message, why)];
  }
  if (!isLost) return [];
  return [
    {
      severity: "warning",
      message: `The folder ${path} is missing.`,
      why: "Commands make it when they need it; services that run already may fail until then.",
      subject: path,
      fix: { action: "create the folder", target: { path } },
      commands: [],
    },
  ];
}

function fileFindings(path: string): Finding[] {
  const stat = look(path);
  if (stat === undefined || !stat.isFile()) return [];
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    // What lies beside a database goes when its last user does.
    if (systemErrorCode(error) === "ENOENT") return [];
    return [
      fault(
        "error",
        path,
        `${path} cannot be read and written: ${accessReason(error)}${ownerOf(stat)}.`,
        SETTLE,
      ),
    ];
  }
  return [];
}

/**
 * Whose it is, where that may be why: a command that was run with sudo leaves such files. That another user owns what
 * can be read and written is no fault: people share projects.
 */
function ownerOf(stat: Stats | undefined): string {
  const own = process.getuid?.();
  return stat === undefined || stat.uid === own ? "" : ` (it belongs to user ${stat.uid})`;
}

function diskFindings(root: string): Finding[] {
  try {
    const { bavail, bsize, ffree, files } = statfsSync(root);
    const free = bavail * bsize;
    if (free < THRESHOLDS.freeDisk) {
      return [
        {
          ...fault(
            "warning",
            `disk of ${root}`,
            `Only ${formatBytes(free)} are free on the disk of ${root}.`,
            "An ingest needs space for a second copy of what it changes; under " +
              `${formatBytes(THRESHOLDS.freeDisk)} it may fail. The graph stays as it was.`,
          ),
          first:
            `only ${formatBytes(free)} are free on the disk of ${root}: ` +
            "delete or move something, then run `amalfa doctor` again",
        },
      ];
    }
    if (files > 0 && ffree === 0)
      return [
        {
          ...fault(
            "warning",
            `disk of ${root}`,
            `The disk of ${root} can hold no more files.`,
            "Nothing can be created there until files are deleted.",
          ),
          first: `the disk of ${root} can hold no more files: delete some, then run \`amalfa doctor\` again`,
        },
      ];
    return [];
  } catch {
    // Where the system does not tell, the folder itself is the finding.
    return [];
  }
}

/**
 * Where there is space on the disk, and yet no more may be written: a quota of the user, the project or the subvolume
 * is used up, which what the disk tells of itself does not show.
 */
function quotaFindings(paths: ProjectPaths): Finding[] {
  const folders = [paths.data, paths.root, dirname(realPlace(paths.database)), paths.cacheDirectory];
  const full = folders.find((folder) => shortageIn(folder) === "quota");
  if (full === undefined) return [];
  const sizes = [
    ["the graph", sizeWithLog(paths.database)],
    ["the vector cache", sizeWithLog(paths.vectorCache)],
  ] as const;
  const taken = sizes.map(([what, bytes]) => `${what} takes ${formatBytes(bytes)}`).join(", ");
  return [
    {
      ...fault(
        "warning",
        `disk of ${full}`,
        `The quota for ${full} is used up: not even ${formatBytes(LEAST_ROOM_BYTES)} more can be written ` +
          `there, though ${formatBytes(freeBytes(full))} are free on its disk (${taken}).`,
        "SQLite has to write beside a database even to read it. Delete or move something that counts against that " +
          "quota, or have it raised. The graph stays as it was.",
      ),
      first:
        `the quota for ${full} is used up: delete or move something that counts against it, or have it raised, ` +
        "then run `amalfa doctor` again",
    },
  ];
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function sizeWithLog(path: string): number {
  return ["", "-wal"].reduce((sum, end) => sum + (look(path + end)?.size ?? 0), 0);
}

function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.subject, finding])).values()];
}

/*
 * Fix of `layout.access`: creates a missing folder, moves aside what lies in the place of a lock or a file, gives the
 * project a database of its own, or sets a damaged list of projects aside.
 */

async function settle(target: FixTarget, { project }: FixContext): Promise<string> {
  const path = textOf(target, "path");
  if (target.move === "aside") {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return "gone already";
    const { moveWithoutLock } = await import("../../quarantine.ts");
    const moved = moveWithoutLock(project.paths, path);
    const { runtime, cacheDirectory } = project.paths;
    if (path === runtime || path === cacheDirectory) makeFolderOf(join(path, DATA_IGNORE_FILE.name));
    return moved;
  }
  if (target.move === "within its folder") return await setProjectListAside();
  if (target.names === "own") {
    const { makeOwn } = await import("../own-files.ts");
    return makeOwn(project.paths, path);
  }
  makeFolderOf(join(path, DATA_IGNORE_FILE.name));
  return "created";
}
