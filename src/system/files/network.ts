/** Whether a folder lies on another machine's disk. The system may then report no changes in it to a watcher. */
import { statfsSync } from "node:fs";
import { childProcess } from "../child-process.ts";

/**
 * File systems of other machines and of virtual machines' hosts on Linux (`linux/magic.h`, and those of fs/smb,
 * fs/ceph, vboxsf).
 */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "SMB"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9P"],
  [0x65735546, "FUSE"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x0bd00bd0, "Lustre"],
  [0x786f4256, "a shared folder of VirtualBox"],
  [0xbacbacbc, "a shared folder of VMware"],
]);

/** As `mount` of macOS names them. */
const REMOTE_TYPES: ReadonlyMap<string, string> = new Map([
  ["nfs", "NFS"],
  ["smbfs", "SMB"],
  ["afpfs", "AFP"],
  ["webdav", "WebDAV"],
  ["macfuse", "FUSE"],
]);

const TIMEOUT_MS = 5_000;

/**
 * What kind of remote file system a folder lies on; undefined where it is this machine's, or the system does not
 * tell. Never throws.
 */
export function remoteFileSystem(folder: string): string | undefined {
  try {
    if (process.platform === "linux") return REMOTE.get(Number(statfsSync(folder).type) >>> 0);
    if (process.platform !== "darwin") return undefined;
    const { stdout } = childProcess().spawnSync("/sbin/mount", { encoding: "utf8", timeout: TIMEOUT_MS });
    return remoteByMounts(stdout, folder);
  } catch {
    return undefined;
  }
}

/**
 * By lines such as `//me@nas/notes on /Volumes/notes (smbfs, nodev, nosuid)`; the longest mount point above the
 * folder counts.
 */
export function remoteByMounts(mounts: string, folder: string): string | undefined {
  const found = [...mounts.matchAll(/ on (\/.*) \(([a-z0-9]+)[^()]*\)$/gm)]
    .map(([, point = "", type = ""]) => ({ point, type }))
    .filter(({ point }) => folder === point || folder.startsWith(point === "/" ? "/" : `${point}/`))
    .sort((a, b) => b.point.length - a.point.length);
  return REMOTE_TYPES.get(found[0]?.type ?? "");
}
