/** What the doctor advises where another program keeps a lock to itself, and what the commands say that wait for it. */
import { afterAll, expect, test } from "bun:test";
import { projectPaths } from "../../src/project/paths.ts";
import { lockFile } from "../../src/sqlite/lock-file.ts";
import { amalfa } from "../helpers/amalfa.ts";
import { checkOf, disposeTemplate, doctor, healthyProject } from "../helpers/doctor.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";

useMadeUpModel();
afterAll(disposeTemplate);

const AGAIN = ", or end it, then run `amalfa doctor` again";

test("a maintenance lock whose holder says no name is named by its process, and no ingest is advised", async () => {
  using project = await healthyProject();
  project.write({ "new.md": "# New\n" });
  const { maintenanceLock } = projectPaths(project.path);
  {
    using _ = lockFile(maintenanceLock, { waitMs: 0 });
    const { report } = await doctor(project);
    expect(checkOf(report, "db.lock")).toMatchObject({
      status: "warning",
      findings: [{ severity: "warning", subject: maintenanceLock, commands: [] }],
    });
    expect(report.next).toStartWith(`wait until process ${process.pid}`);
    expect(report.next).toEndWith(`lets go of the maintenance lock${AGAIN}`);
    const refused = await amalfa(["init", "--wait", "0"], { cwd: project.path });
    expect(refused.stderr).toContain(`is being worked on by process ${process.pid}`);
  }
  const { report } = await doctor(project);
  expect(checkOf(report, "db.lock").status).toBe("ok");
  expect(report.next).toBe("amalfa init");
}, 300_000);

test("where another program keeps everybody out of the database, its process is what to see to", async () => {
  using project = await healthyProject();
  await using holder = await HelperProcess.start(
    "hold-database.ts",
    projectPaths(project.path).database,
    "exclude",
  );
  const { report } = await doctor(project);
  expect(report.next).toStartWith(`wait until process ${holder.pid}`);
  expect(report.next).toEndWith(`lets go of the database${AGAIN}`);
}, 300_000);
