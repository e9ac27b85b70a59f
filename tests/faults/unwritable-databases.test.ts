/** Databases of which only a write shows that they cannot be written. */
import { afterAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { amalfa, amalfaJson, type ErrorDocument } from "../helpers/amalfa.ts";
import { checkOf, disposeTemplate, doctor, healthyProject, troubled } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();
afterAll(disposeTemplate);

/** Offset of the version that SQLite must know to write to the file. */
const WRITE_VERSION = 18;

function makeUnwritable(path: string): void {
  const file = openSync(path, "r+");
  writeSync(file, Uint8Array.of(255), 0, 1, WRITE_VERSION);
  closeSync(file);
}

test("of a graph it is damage: named as such by all, and put right by the rebuild that is advised", async () => {
  using project = await healthyProject();
  makeUnwritable(project.join(".amalfa/resonance.db"));
  project.write({ "plan/new.md": "# A new plan\n" });

  const { report } = await doctor(project);
  expect(checkOf(report, "db.lock").findings[0]).toMatchObject({
    message: expect.stringContaining("its header keeps everybody from writing to it"),
    commands: ["amalfa rebuild"],
  });
  const init = await amalfaJson<ErrorDocument>(["init"], { cwd: project.path });
  expect(init.document.error.code).toBe("database.damaged");
  const planned = await amalfaJson<{ replacedBecause: string }>(["rebuild", "--dry-run"], {
    cwd: project.path,
  });
  expect(planned.document.replacedBecause).toContain("its header");

  expect((await amalfa(["rebuild"], { cwd: project.path })).status).toBe(0);
  expect(troubled((await doctor(project)).report)).toEqual([]);
});

test("of a vector cache it is damage: the doctor and the next ingest move it to quarantine", async () => {
  for (const mend of [["doctor", "--fix"], ["init"]]) {
    using project = await healthyProject();
    makeUnwritable(project.join(".amalfa/cache/vector_cache.sqlite"));
    project.write({ "plan/new.md": "# A new plan\n" });
    const { report } = await doctor(project, ["--check", "cache.open"]);
    expect(checkOf(report, "cache.open").findings[0]?.message).toContain("its header keeps everybody");

    await amalfa(mend, { cwd: project.path });
    expect(existsSync(project.join(".amalfa/quarantine"))).toBe(true);
    expect(checkOf((await doctor(project, ["--check", "cache.open"])).report, "cache.open").status).toBe(
      "ok",
    );
  }
});

const graphOf = (project: { join(path: string): string }) => project.join(".amalfa/resonance.db");

/** Not every file system, and not everybody, can make a file that may only be appended to. */
const CAN_FORBID = await (async () => {
  using folder = new TempFolder().write({ file: "" });
  const isDone = spawnSync("chattr", ["+a", folder.join("file")]).status === 0;
  spawnSync("chattr", ["-a", folder.join("file")]);
  return isDone;
})();

test.if(CAN_FORBID)(
  "a graph that may only be appended to is named, and nothing that would fail is advised",
  async () => {
    using project = await healthyProject();
    project.write({ "plan/new.md": "# A new plan\n" });
    spawnSync("chattr", ["+a", graphOf(project)]);
    try {
      const { report } = await doctor(project);
      expect(checkOf(report, "db.lock").findings[0]?.message).toContain("cannot be written");
      expect(report.next).toBe(`let ${graphOf(project)} be written, then run amalfa doctor again`);
    } finally {
      spawnSync("chattr", ["-a", graphOf(project)]);
    }
    expect(checkOf((await doctor(project)).report, "db.lock").status).toBe("ok");
  },
);

test.if(CAN_FORBID)("a graph beside which nobody may write is not said to be damaged", async () => {
  using project = await healthyProject();
  const log = `${graphOf(project)}-wal`;
  writeFileSync(log, "");
  spawnSync("chattr", ["+i", log]);
  try {
    const { report } = await doctor(project);
    expect(checkOf(report, "layout.access").findings[0]?.message).toContain(`${log} cannot be`);
    expect(JSON.stringify(report)).not.toContain("its header");
  } finally {
    spawnSync("chattr", ["-i", log]);
  }
});

test.each(["", "-wal"])(
  "a folder in the place of the graph that a rebuild makes (%p) is moved aside",
  async (end) => {
    using project = await healthyProject();
    project.write({ ".amalfa/resonance.db": "no database ".repeat(1000) });
    const place = `${graphOf(project)}.rebuilding${end}`;
    mkdirSync(place);
    const refused = await amalfaJson<ErrorDocument>(["rebuild"], { cwd: project.path });
    expect(refused.document.error).toMatchObject({
      code: "file.kind",
      message: expect.stringContaining(place),
    });
    const { report } = await doctor(project);
    expect(report.next).toBe("amalfa doctor --fix");
    expect((await amalfa(["doctor", "--fix"], { cwd: project.path })).stdout).toContain("amalfa rebuild");
    expect((await amalfa(["rebuild"], { cwd: project.path })).status).toBe(0);
    expect(troubled((await doctor(project)).report)).toEqual([]);
  },
);
