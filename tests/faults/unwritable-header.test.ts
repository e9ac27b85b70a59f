/** One wrong byte in the header of a database, of which only a write shows anything. */
import { afterAll, expect, test } from "bun:test";
import { closeSync, existsSync, openSync, writeSync } from "node:fs";
import { amalfa, amalfaJson, type ErrorDocument } from "../helpers/amalfa.ts";
import { checkOf, disposeTemplate, doctor, healthyProject, troubled } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";

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
