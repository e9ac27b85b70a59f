/** Folders of projects that are moved while services of them run. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, readFileSync, renameSync } from "node:fs";
import { amalfa } from "../helpers/amalfa.ts";
import { doctor } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { endServicesAfterwards, ServiceProject } from "../helpers/services.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);
endServicesAfterwards();

const ready = useReadyNotes();

const ended = (project: ServiceProject) =>
  until(() => project.processes("watcher").length === 0, { what: "the end of the watcher" });

const logOf = (path: string) => readFileSync(`${path}/.amalfa/logs/watcher.log`, "utf8");

/** What the doctor says of the PID file that went with the folder. */
async function whyStale(path: string): Promise<string | undefined> {
  const { report } = await doctor({ path }, ["--check", "pid.stale"]);
  return report.checks[0]?.findings[0]?.why;
}

test("a watcher whose project is replaced by another one ends, and leaves that one alone", async () => {
  await using project = new ServiceProject();
  cpSync(ready.folder.path, project.root, { recursive: true });
  using place = new TempFolder();
  const [other, away] = [place.join("other"), place.join("away")];
  cpSync(ready.folder.path, other, { recursive: true });
  place.write({ "other/gold.md": "# Gold\n", "other/.amalfa/runtime/gold": "gold" });
  await project.start("watcher");

  renameSync(project.root, away);
  renameSync(other, project.root);
  const before = treeOf(project.root);
  await ended(project);

  expect(treeOf(project.root)).toEqual(before);
  expect(logOf(away)).toContain(
    `${project.root} was moved away while the command worked, and something else`,
  );
  expect((await project.service("watcher")).state).toBe("stopped");
  expect(await whyStale(away)).toContain(`was started in ${project.root}`);
});

test("of a service whose project was moved the doctor says that, and not that it crashed", async () => {
  await using project = new ServiceProject();
  cpSync(ready.folder.path, project.root, { recursive: true });
  using place = new TempFolder();
  const moved = place.join("moved");
  await project.start("watcher");
  renameSync(project.root, moved);
  await ended(project);

  expect(logOf(moved)).toContain(`${project.root} was moved or deleted meanwhile`);
  const why = await whyStale(moved);
  expect(why).toContain(`was started in ${project.root}, from where this folder was moved or copied`);
  expect(why).not.toContain("crash");
  expect((await amalfa(["doctor", "--fix"], { cwd: moved })).status).toBe(0);
  expect(await whyStale(moved)).toBeUndefined();
});
