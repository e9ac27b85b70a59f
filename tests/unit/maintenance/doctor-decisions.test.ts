/**
 * What the doctor decides without looking at anything: the plan of fixes, the next step, and how it reads what
 * systems say.
 */
import { describe, expect, test } from "bun:test";
import { loadCheck } from "../../../src/maintenance/doctor/checks/index.ts";
import { CHECK_LIST } from "../../../src/maintenance/doctor/checks/list.ts";
import { fixCommand, nextStep, type OpenProblem, planFixes } from "../../../src/maintenance/doctor/plan.ts";
import { LANES } from "../../../src/maintenance/doctor/pool.ts";
import { isHeldRange, parseLocks } from "../../../src/system/process/file-locks.ts";

function problem(check: string, parts: Partial<OpenProblem> = {}): OpenProblem {
  return { check, severity: "error", fixable: false, fixTried: false, commands: [], ...parts };
}

const REBUILD = problem("db.integrity", { commands: ["amalfa rebuild"] });
const INIT = problem("graph.drift", { severity: "warning", commands: ["amalfa init"] });

describe("the next step is the gentlest that works", () => {
  test("nothing is wrong", () => expect(nextStep([])).toBeUndefined());
  test("what can be mended is mended first", () => {
    expect(nextStep([REBUILD, problem("pid.stale", { fixable: true })])).toBe("amalfa doctor --fix");
  });
  test("no fix of what a rebuild mends, where the rebuild is needed in any case", () => {
    const index = problem("index.fts", {
      fixable: true,
      commands: ["amalfa doctor --fix", "amalfa rebuild"],
    });
    expect(nextStep([index])).toBe("amalfa doctor --fix");
    expect(nextStep([REBUILD, index])).toBe("amalfa rebuild");
    expect(nextStep([INIT, index])).toBe("amalfa doctor --fix");
  });
  test("what only a deep look finds is mended by a deep one", () => {
    const deep = problem("index.fts", { fixable: true, commands: [fixCommand({ onlyDeep: true })] });
    expect(nextStep([deep])).toBe("amalfa doctor --deep --fix");
    const plain = problem("pid.stale", { fixable: true, commands: [fixCommand({})] });
    expect(nextStep([plain, deep])).toBe("amalfa doctor --deep --fix");
    expect(nextStep([plain])).toBe("amalfa doctor --fix");
  });
  test("an ingest at work is waited for, where another one is all that would help", () => {
    const waiting = problem("graph.vectors", { severity: "warning" });
    const ingest = "`amalfa init` (process 7)";
    const wait = "wait for `amalfa init` (process 7), which is at work, then run `amalfa doctor` again";
    expect(nextStep([INIT], ingest)).toBe(wait);
    expect(nextStep([waiting], ingest)).toBe(wait);
    expect(nextStep([INIT, REBUILD], ingest)).toBe("amalfa rebuild");
    expect(nextStep([], ingest)).toBeUndefined();
  });
  test("a file that only its author can mend is named", () => {
    const note = problem("graph.drift", { severity: "warning", subject: "notes/a.md" });
    const next = "do what graph.drift says above of notes/a.md, then run `amalfa doctor` again";
    expect(nextStep([note])).toBe(next);
  });

  test("where no source has a document, that comes before an ingest", () => {
    const empty = problem("config.sources", { severity: "warning", first: "put a file into a source" });
    expect(nextStep([empty])).toBe("put a file into a source");
    expect(nextStep([INIT, empty])).toBe("put a file into a source");
    expect(nextStep([REBUILD, empty])).toBe("amalfa rebuild");
    expect(nextStep([INIT, problem("config.sources", { severity: "warning" })])).toBe("amalfa init");
  });
  test("what keeps every command from working comes before all that a command would mend", () => {
    const disk = problem("layout.access", { severity: "warning", first: "free some space" });
    const stopped = problem("db.lock", { severity: "warning", first: "let it go on" });
    const runtime = problem("runtime.onnx", { first: "install it again" });
    expect(nextStep([INIT, REBUILD, problem("pid.stale", { fixable: true }), stopped])).toBe("let it go on");
    expect(nextStep([runtime, stopped, disk, INIT])).toBe("free some space");
    expect(nextStep([INIT, runtime, stopped])).toBe("let it go on");
    expect(nextStep([INIT, runtime])).toBe("install it again");
  });
  test("settings that cannot be used come after a fix of what is broken, and before every other command", () => {
    const wrong = problem("config.valid");
    const untrusted = problem("config.valid", { commands: ["amalfa trust"] });
    expect(nextStep([wrong, problem("pid.stale", { fixable: true })])).toBe("amalfa doctor --fix");
    const slight = problem("logs.size", { severity: "warning", fixable: true });
    const correct = "correct the settings file, then run `amalfa doctor` again";
    expect(nextStep([wrong, slight, REBUILD])).toBe(correct);
    expect(nextStep([untrusted])).toContain("if it may run, amalfa trust");
  });
  test("a fix that was tried and did not help is not advised again", () => {
    expect(nextStep([INIT, problem("db.wal", { fixable: true, fixTried: true })])).toBe("amalfa init");
  });
  test("an ingest for drift, a rebuild for damage, and a rebuild for both", () => {
    expect(nextStep([INIT])).toBe("amalfa init");
    expect(nextStep([REBUILD])).toBe("amalfa rebuild");
    expect(nextStep([INIT, REBUILD])).toBe("amalfa rebuild");
  });
  test("errors come before warnings, whatever the warnings need", () => {
    const warning = problem("db.leftovers", { severity: "warning", commands: ["amalfa rebuild"] });
    expect(nextStep([warning, problem("graph.edges", { commands: ["amalfa init"] })])).toBe("amalfa init");
  });
  test("with options a command is as blunt as without", () => {
    const forced = problem("graph.drift", { severity: "warning", commands: ["amalfa init --allow-empty"] });
    const own = problem("cache.size", { severity: "warning", commands: ["amalfa cache prune"] });
    expect(nextStep([forced, own])).toBe("amalfa init");
    expect(nextStep([own])).toBe("amalfa cache prune");
    expect(nextStep([forced, problem("db.open", { severity: "warning", commands: ["amalfa reset"] })])).toBe(
      "amalfa reset",
    );
  });
  test("a check is not advised whose findings are there, but one that is not is", () => {
    const asks = (...ids: string[]) =>
      problem("stats", { severity: "warning", commands: [`amalfa doctor --check ${ids.join(" ")}`] });
    const shown = problem("db.lock", { severity: "warning", commands: [] });
    expect(nextStep([asks("db.lock"), shown])).toContain("do what db.lock says above");
    expect(nextStep([asks("db.lock", "db.wal"), shown])).toBe("amalfa doctor --check db.lock db.wal");
  });
  test("reset only where nothing gentler is named", () => {
    const either = problem("db.open", { commands: ["amalfa rebuild", "amalfa reset"] });
    expect(nextStep([either])).toBe("amalfa rebuild");
    expect(nextStep([problem("db.open", { commands: ["amalfa reset"] })])).toBe("amalfa reset");
  });
  test("no command works with settings that cannot be used", () => {
    expect(nextStep([REBUILD, problem("config.valid")])).toContain("correct the settings file");
  });
  test("no ingest where a source is missing, since it would refuse (I11)", () => {
    expect(nextStep([INIT, REBUILD, problem("config.sources")])).toContain("bring the documents back");
    expect(nextStep([INIT, problem("config.sources", { severity: "warning" })])).toBe("amalfa init");
    const folder = problem("layout.access", { severity: "warning", fixable: true });
    expect(nextStep([folder, problem("config.sources")])).toContain("bring the documents back");
    expect(nextStep([folder, INIT])).toBe("amalfa doctor --fix");
    const model = problem("graph.vectors", { commands: ["amalfa init"] });
    expect(nextStep([model, problem("graph.drift")])).toContain("bring the documents back");
  });
  test("a check whose findings are shown already is not advised", () => {
    const blocked = problem("db.open", { commands: ["amalfa doctor --check layout.access"] });
    expect(nextStep([blocked])).toBe("amalfa doctor --check layout.access");
    const cause = problem("layout.access", { severity: "warning" });
    expect(nextStep([blocked, cause])).toContain("do what layout.access says above");
    expect(nextStep([blocked, cause, INIT])).toBe("amalfa init");
  });
  test("no command where none could write", () => {
    const folder = problem("layout.access");
    expect(nextStep([folder, INIT, REBUILD])).toContain("do what layout.access says above");
  });
  test("without a command it says where to read on", () => {
    expect(nextStep([problem("layout.access")])).toContain("do what layout.access says above");
  });
});

test("the plan has a step for each finding that can be mended, in order, and no other", () => {
  const finding = { severity: "warning", message: "m", why: "w", commands: [] } as const;
  const fix = { action: "remove it", target: { path: "a" } };
  const plan = planFixes([
    {
      id: "pid.stale",
      findings: [
        { ...finding, subject: "a", fix },
        { ...finding, subject: "b" },
      ],
    },
    { id: "db.open", findings: [{ ...finding, subject: "c" }] },
    { id: "logs.size", findings: [{ ...finding, subject: "d", fix }] },
  ]);
  expect(plan.map(({ check, subject, action }) => `${check} ${subject} ${action}`)).toEqual([
    "pid.stale a remove it",
    "logs.size d remove it",
  ]);
});

describe("the list of checks", () => {
  test("ids are unique, and every lane runs", () => {
    expect(new Set(CHECK_LIST.map(({ id }) => id)).size).toBe(CHECK_LIST.length);
    expect(CHECK_LIST.filter(({ lane }) => !(LANES as readonly string[]).includes(lane))).toEqual([]);
  });
  test("each check is found by its id alone, and has a fix if and only if the list says what it does", async () => {
    for (const { id, fix } of CHECK_LIST) {
      const check = await loadCheck(id);
      expect({ id: check.id, isFixed: check.repair !== undefined }).toEqual({
        id,
        isFixed: fix !== undefined,
      });
    }
  });
});

test("locks are read from /proc/locks: who holds which bytes of which file, and who waits or locks otherwise", () => {
  const text = [
    "1: POSIX  ADVISORY  WRITE 4711 fe:00:1604 120 120",
    "1: -> POSIX  ADVISORY  WRITE 4712 fe:00:1604 120 120",
    "2: POSIX  ADVISORY  READ 4713 00:2f:1604 1073741826 EOF",
    "3: FLOCK  ADVISORY  WRITE 4714 fe:00:1604 0 EOF",
    "4: POSIX  ADVISORY  WRITE 4715 fe:00:16041 120 120",
    "",
  ].join("\n");
  const locks = parseLocks(text);
  expect(locks.map(({ pid, kind, waits }) => [pid, kind, waits])).toEqual([
    [4711, "POSIX", false],
    [4712, "POSIX", true],
    [4713, "POSIX", false],
    [4714, "FLOCK", false],
    [4715, "POSIX", false],
  ]);
  expect(locks.filter(isHeldRange).map(({ pid }) => pid)).toEqual([4711, 4713, 4715]);
  expect(locks[2]).toEqual({
    kind: "POSIX",
    waits: false,
    pid: 4713,
    mode: "READ",
    device: "00:2f",
    inode: "1604",
    firstByte: 1073741826,
    lastByte: Number.POSITIVE_INFINITY,
  });
});
