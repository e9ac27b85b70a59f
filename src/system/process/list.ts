/** All processes of the machine with their command lines, the memory of one, and the ports on which one listens. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { childProcess, systemProgram } from "../child-process.ts";
import { isPid } from "./identity.ts";
import { namesInProc, procFolder } from "./proc.ts";

const TIMEOUT_MS = 5_000;

export interface ListedProcess {
  readonly pid: number;
  /** Joined with blanks, since some systems tell no more. */
  readonly commandLine: string;
}

/** Processes that cannot be looked at are left out. Never throws. */
export function listProcesses(): ListedProcess[] {
  try {
    return process.platform === "linux" ? listFromProc() : listWithPs();
  } catch {
    return [];
  }
}

function listFromProc(): ListedProcess[] {
  const pids = namesInProc().map(Number).filter(isPid);
  return pids.flatMap((pid) => {
    try {
      const commandLine = readFileSync(`${procFolder(pid)}/cmdline`, "utf8")
        .split("\0")
        .join(" ")
        .trim();
      return commandLine === "" ? [] : [{ pid, commandLine }];
    } catch {
      return [];
    }
  });
}

function listWithPs(): ListedProcess[] {
  if (process.platform !== "darwin") return [];
  const { stdout } = childProcess().spawnSync(systemProgram("ps"), ["-axww", "-o", "pid=,command="], {
    encoding: "utf8",
    timeout: TIMEOUT_MS,
  });
  return stdout.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(.+)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), commandLine: match[2] ?? "" }];
  });
}

/** Resident memory of a process in bytes, where the system tells. */
export function memoryOf(pid: number): number | null {
  try {
    if (process.platform === "linux") {
      const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`${procFolder(pid)}/status`, "utf8"))?.[1];
      return kib === undefined ? null : Number(kib) * 1024;
    }
    const { stdout } = childProcess().spawnSync(systemProgram("ps"), ["-o", "rss=", "-p", String(pid)], {
      encoding: "utf8",
      timeout: TIMEOUT_MS,
    });
    return /^\s*\d+\s*$/.test(stdout) ? Number(stdout) * 1024 : null;
  } catch {
    return null;
  }
}

/** TCP ports of the loopback interface on which a process listens, where the system tells. */
export function listeningPorts(pid: number): number[] {
  try {
    return process.platform === "linux" ? portsFromProc(pid) : portsWithLsof(pid);
  } catch {
    return [];
  }
}

/**
 * `/proc/net/tcp` lists every socket with its inode (proc_pid_net(5)); the process's descriptors name the inodes that
 * are its own.
 */
function portsFromProc(pid: number): number[] {
  const folder = `${procFolder(pid)}/fd`;
  const inodes = new Set(
    readdirSync(folder).flatMap((name) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${name}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  const lines = readFileSync(`${procFolder(pid)}/net/tcp`, "utf8")
    .split("\n")
    .slice(1);
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [host, port] = (fields[1] ?? "").split(":");
    const listens = fields[3] === "0A" && host === "0100007F" && inodes.has(fields[9] ?? "");
    return listens && port !== undefined ? [Number.parseInt(port, 16)] : [];
  });
}

function portsWithLsof(pid: number): number[] {
  if (process.platform !== "darwin") return [];
  const args = ["-nP", "-a", "-p", String(pid), "-iTCP@127.0.0.1", "-sTCP:LISTEN", "-Fn"];
  const { stdout } = childProcess().spawnSync(systemProgram("lsof"), args, {
    encoding: "utf8",
    timeout: TIMEOUT_MS,
  });
  return [...stdout.matchAll(/^n127\.0\.0\.1:(\d+)$/gm)].map((match) => Number(match[1]));
}
