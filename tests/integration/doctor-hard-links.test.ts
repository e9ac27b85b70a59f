/** A project that was copied by hard links has no graph of its own: it is the very file of the other. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { linkSync, statSync } from "node:fs";
import { amalfa } from "../helpers/amalfa.ts";
import { checkOf, disposeTemplate, doctor, healthyProject } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { GRAPH } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

afterAll(disposeTemplate);

test("it is named, and the command that is named gives the folder a file of its own", async () => {
  using project = await healthyProject();
  using other = new TempFolder();
  linkSync(project.join(GRAPH), other.join("resonance.db"));
  const { status, report } = await doctor(project);
  const [finding] = checkOf(report, "layout.access").findings;
  expect(status).toBe(1);
  expect(finding?.message).toContain(`${project.join(GRAPH)} has 2 names`);
  const command = /`(cp .*)`/.exec(finding?.why ?? "")?.[1] ?? "";
  expect(report.next).toContain(command);
  expect(Bun.spawnSync(["sh", "-c", command]).exitCode).toBe(0);
  expect(statSync(other.join("resonance.db")).nlink).toBe(1);
  expect((await doctor(project)).report).toMatchObject({ ok: true, next: null });
  expect((await amalfa(["search", "compost"], { cwd: project.path })).status).toBe(0);
});
