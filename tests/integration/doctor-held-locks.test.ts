/** What the doctor advises where another program keeps a lock to itself, and what the commands say that wait for it. */
import { Database } from "bun:sqlite";
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
    expect(refused.stderr).toContain(`The maintenance lock is held by process ${process.pid} (`);
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

test("commands and answers name the program that keeps the graph locked, and take it for no command", async () => {
  using project = await healthyProject();
  project.write({ "new.md": "# New\n\nalbatross\n" });
  const { database } = projectPaths(project.path);
  await using holder = await HelperProcess.start("hold-database.ts", database, "reserve");
  const refused = await amalfa(["init"], { cwd: project.path });
  expect(refused).toMatchObject({
    status: 4,
    stderr: expect.stringContaining(`${database}: process ${holder.pid} (`),
  });
  expect(await reasonOf(project.path)).toMatch(
    new RegExp(`^process ${holder.pid} .+ keeps the graph locked$`),
  );
}, 300_000);

test("so they do with a program that has locked only a part of the maintenance lock's file", async () => {
  using project = await healthyProject();
  project.write({ "new.md": "# New\n\nalbatross\n" });
  using stranger = new Database(projectPaths(project.path).maintenanceLock);
  stranger.run("BEGIN IMMEDIATE");
  const who = `process ${process.pid} (`;
  const refused = await amalfa(["init", "--wait", "0"], { cwd: project.path });
  expect(refused).toMatchObject({ status: 4, stderr: expect.stringContaining(`lock is held by ${who}`) });
  const waited = await amalfa(["init", "--wait", "1"], { cwd: project.path });
  expect(waited.stderr).toContain(`waiting for ${who}`);
  const reason = await reasonOf(project.path);
  expect(reason).toStartWith(who);
  expect(reason).toEndWith("holds the maintenance lock");
}, 300_000);

/** Why a search could not bring in what is new. */
async function reasonOf(path: string): Promise<string | undefined> {
  const args = ["search", "albatross", "--mode", "lexical", "--json"];
  const { stdout } = await amalfa(args, { cwd: path });
  return JSON.parse(stdout).freshness.reason;
}
