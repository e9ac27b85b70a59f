import { describe, expect, test } from "bun:test";
import {
  isSameProcess,
  parseProcStat,
  parsePsLine,
  readProcessIdentity,
} from "../../../src/system/process/identity.ts";
import { until } from "../../helpers/until.ts";

function identityOf(pid: number) {
  const reading = readProcessIdentity(pid);
  if (reading.kind !== "alive") throw new Error(`process ${pid} is ${reading.kind}`);
  return reading.identity;
}

describe("a process's identity", () => {
  test("is the same at every look and differs between processes", async () => {
    const own = identityOf(process.pid);
    expect(identityOf(process.pid)).toEqual(own);
    const child = Bun.spawn(["sleep", "600"]);
    try {
      const other = identityOf(child.pid);
      expect(isSameProcess(own, other)).toBe(false);
      expect(isSameProcess({ ...other, pid: own.pid }, own)).toBe(false);
      await until(() => identityOf(child.pid).command[0] === "sleep");
      expect(identityOf(child.pid).command).toEqual(["sleep", "600"]);
    } finally {
      child.kill();
      await child.exited;
    }
    expect(readProcessIdentity(child.pid).kind).toBe("dead");
  });

  test("is alive for a process of another user", () => {
    expect(readProcessIdentity(1).kind).toBe("alive");
  });

  test.each([0, -1, -process.pid, 1.5, Number.NaN, 2 ** 31, 2 ** 53])("%p is no process", (pid) => {
    expect(readProcessIdentity(pid).kind).toBe("dead");
  });

  test.if(process.platform === "linux")("of a zombie is dead", async () => {
    // The shell becomes a program that never asks for the end of the child it inherited. Only then the child may end:
    // a shell that is kept waiting would have asked.
    const parent = Bun.spawn(["sh", "-c", "sleep 600 & echo $!; exec sleep 600"], { stdout: "pipe" });
    try {
      const { value } = await parent.stdout.getReader().read();
      const pid = Number(new TextDecoder().decode(value));
      const stateOf = async () => parseProcStat(await Bun.file(`/proc/${pid}/stat`).text())?.state;
      await until(async () => (await Bun.file(`/proc/${parent.pid}/comm`).text()) === "sleep\n");
      process.kill(pid, "SIGKILL");
      await until(async () => (await stateOf()) === "Z");
      expect(() => process.kill(pid, 0)).not.toThrow();
      expect(readProcessIdentity(pid).kind).toBe("dead");
    } finally {
      parent.kill();
      await parent.exited;
    }
  });
});

describe("/proc/<pid>/stat", () => {
  const fields = `S 1 2 3 0 -1 4194304 101 0 0 0 0 0 0 0 20 0 1 0 318305 3133440 412`;

  test("is read up to the start time, whatever the program is called", () => {
    for (const name of ["cat", "a b", "x) Z 1 (y", ")", ""]) {
      expect(parseProcStat(`17 (${name}) ${fields}\n`)).toEqual({ state: "S", startTime: "318305" });
    }
  });

  test("tells threads of the kernel, which have no command line, by their name", () => {
    const thread = fields.replace("4194304", "2129984");
    expect(parseProcStat(`2 (kthreadd) ${thread}\n`)).toEqual({
      state: "S",
      startTime: "318305",
      kernelThread: "[kthreadd]",
    });
  });

  test("that is cut short is not understood", () => {
    expect(parseProcStat("17 (cat) S 1 2")).toBeUndefined();
    expect(parseProcStat("")).toBeUndefined();
  });
});

describe("the output of ps on macOS", () => {
  test("gives start time and command", () => {
    const line = "Ss   Mon Jan  5 09:12:44 2026     /usr/local/bin/bun /opt/amalfa/src/cli.ts watcher run\n";
    expect(parsePsLine(line, 71, "boot")).toEqual({
      kind: "alive",
      identity: {
        pid: 71,
        startTime: "Mon Jan  5 09:12:44 2026",
        bootId: "boot",
        command: ["/usr/local/bin/bun /opt/amalfa/src/cli.ts watcher run"],
      },
    });
  });

  test("shows a zombie as dead", () => {
    expect(parsePsLine("Z+   Sat Nov 21 23:59:01 2026     (sleep)\n", 71, "boot").kind).toBe("dead");
  });

  test("that is not understood is no answer", () => {
    expect(parsePsLine("", 71, "boot").kind).toBe("unknown");
    expect(parsePsLine("ps: illegal option", 71, "boot").kind).toBe("unknown");
  });
});
