/**
 * The doctor, as the real program: each fault made for real, reported by its check, and mended where that is
 * promised.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { rmSync, symlinkSync } from "node:fs";
import { basename } from "node:path";
import { CHECK_LIST } from "../../src/maintenance/doctor/checks/list.ts";
import { amalfa } from "../helpers/amalfa.ts";
import {
  checkOf,
  disposeTemplate,
  doctor,
  fingerprint,
  healthyProject,
  troubled,
} from "../helpers/doctor.ts";
import { FAULTS } from "../helpers/doctor-faults/faults.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

const TIMEOUT = 300_000;

afterAll(disposeTemplate);

test(
  "a healthy project is healthy",
  async () => {
    using project = await healthyProject();
    const { status, report } = await doctor(project);
    expect(troubled(report)).toEqual([]);
    expect({ status, ok: report.ok, next: report.next }).toEqual({ status: 0, ok: true, next: null });
    expect(report.summary).toEqual({
      ok: CHECK_LIST.length,
      warning: 0,
      error: 0,
      skipped: 0,
      late: 0,
      fixed: 0,
    });
  },
  TIMEOUT,
);

test(
  "a server that was there before the first ingest has left nothing to mend",
  async () => {
    using project = new TempFolder().write({ "note.md": "# A note\n" });
    const { status } = await amalfa(["serve"], { cwd: project.path });
    expect(status).toBe(0);
    const { report } = await doctor(project);
    expect(troubled(report)).toEqual(["db.open"]);
    expect(report.next).toBe("amalfa init");
  },
  TIMEOUT,
);

test(
  "one of a kind is not told as several",
  async () => {
    using project = new TempFolder().write({ "note.md": "# A note\n\nOf one passage.\n" });
    await amalfa(["init"], { cwd: project.path });
    const { report } = await doctor(project);
    expect(
      report.checks.map(({ message }) => message).filter((message) => /\b1 (?:PID )?[a-z]+s\b/.test(message)),
    ).toEqual([]);
  },
  TIMEOUT,
);

test(
  "links that lead in a circle are named, and moved where they lie in the place of a file",
  async () => {
    using project = await healthyProject();
    for (const name of ["resonance.db-wal", "runtime/maintenance.lock"]) {
      const path = project.join(`.amalfa/${name}`);
      rmSync(path, { force: true });
      symlinkSync(basename(path), path);
    }
    const mended = await doctor(project, ["--fix", "--check", "layout.access"]);
    expect(checkOf(mended.report, "layout.access")).toMatchObject({ status: "ok" });
    const path = project.join(".amalfa/resonance.db");
    rmSync(path);
    symlinkSync("resonance.db", path);
    const { report } = await doctor(project);
    expect(checkOf(report, "db.open").findings[0]?.message).toContain(
      "a symbolic link that leads in a circle",
    );
    expect(report.next).not.toContain("amalfa init");
  },
  TIMEOUT,
);

describe("I5 Diagnosis is read-only", () => {
  for (const fault of FAULTS) {
    test(
      fault.name,
      async () => {
        using project = await healthyProject();
        await using _holder = heldBy(await fault.make(project));
        const before = fingerprint(project.path);
        const { status, report } = await doctor(project, fault.args);
        expect(fingerprint(project.path)).toEqual(before);
        expect(status).toBe(1);
        const check = checkOf(report, fault.check);
        expect(check.status).toBe(fault.status);
        expect(check.findings.map(({ message }) => message).join("\n")).toMatch(fault.says);
        expect(
          report.checks
            .flatMap(({ findings }) => findings)
            .filter(({ message }) => message.includes("could not be checked")),
        ).toEqual([]);
        const finding = check.findings.find(({ message }) => fault.says.test(message)) ?? check.findings[0];
        if (fault.mended === "by fix") {
          expect(finding).toMatchObject({ fixable: true, fixed: false });
          expect(report.next).toBe("amalfa doctor --fix");
        } else {
          expect(finding?.fixable).toBe(false);
          expect(finding?.commands[0]).toBe(fault.mended as string);
          if (fault.mended === undefined) expect(report.next).not.toBe("amalfa doctor --fix");
        }
      },
      TIMEOUT,
    );
  }
});

function heldBy(made: unknown): AsyncDisposable {
  return made instanceof HelperProcess ? made : { [Symbol.asyncDispose]: async () => {} };
}

describe("--fix mends what it promises to, and a second run finds nothing to do", () => {
  for (const fault of FAULTS.filter(({ mended }) => mended === "by fix")) {
    test(
      fault.name,
      async () => {
        using project = await healthyProject();
        await using _holder = heldBy(await fault.make(project));
        const { report } = await doctor(project, ["--fix", "--check", fault.check, ...(fault.args ?? [])]);
        const check = checkOf(report, fault.check);
        expect(check.status).toBe("ok");
        expect(check.findings.length).toBeGreaterThan(0);
        expect(check.findings.filter(({ fixed }) => !fixed)).toEqual([]);
        expect(report.summary.fixed).toBe(check.findings.length);
        const again = await doctor(project, ["--fix", "--check", fault.check, ...(fault.args ?? [])]);
        expect(again).toMatchObject({ status: 0, report: { plan: [], ok: true } });
      },
      TIMEOUT,
    );
  }
});
