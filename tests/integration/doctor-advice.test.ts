/** "Do what the check says" is of use only where the check says what to do. All tests of the doctor demand that. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { symlinkSync, unlinkSync } from "node:fs";
import { expectAdvice } from "../helpers/advice.ts";
import { amalfa } from "../helpers/amalfa.ts";
import { checkOf, disposeTemplate, doctor, healthyProject } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { GRAPH, removeDatabase } from "../helpers/project-files.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

afterAll(disposeTemplate);

test("of a link to nothing it says what to do, and doing that helps", async () => {
  using project = await healthyProject();
  symlinkSync("nowhere.md", project.join("dead.md"));
  const { status, report } = await doctor(project);
  expect(status).toBe(1);
  expect(report.next).toContain("do what config.sources says above");
  const [finding] = checkOf(report, "config.sources").findings;
  expect(finding?.message).toContain("dead.md");
  expect(finding?.why).toContain("Remove the link, let it lead to a document, or leave it out");
  project.write({ "amalfa.settings.json": JSON.stringify({ excludePatterns: ["dead.md"] }) });
  expect((await doctor(project)).report).toMatchObject({ ok: true, next: null });
  project.write({ "amalfa.settings.json": "{}", "nowhere.md": "# There now\n" });
  await amalfa(["init"], { cwd: project.path });
  expect((await doctor(project)).report).toMatchObject({ ok: true, next: null });
});

test("a finding that says nothing of what to do is caught, one with a command or a verb is not", async () => {
  using project = await healthyProject();
  symlinkSync("nowhere.md", project.join("dead.md"));
  const { report } = await doctor(project);
  const saying = (change: object) => ({
    checks: report.checks.map((check) => ({
      ...check,
      findings: check.findings.map((finding) => ({ ...finding, ...change })),
    })),
  });
  expect(() => expectAdvice(report)).not.toThrow();
  expect(() => expectAdvice(saying({ why: "It is found as it was then." }))).toThrow("config.sources");
  expect(() => expectAdvice(saying({ why: "", commands: ["amalfa init"] }))).not.toThrow();
});

test("of a link in the place of the graph that leads nowhere it says to remove it, and no settings are to blame", async () => {
  using project = await healthyProject();
  const graph = project.join(GRAPH);
  removeDatabase(graph);
  symlinkSync("/nowhere/at/all", graph);
  expect((await doctor(project)).report.next).toStartWith(`remove the link ${graph}`);

  unlinkSync(graph);
  expect((await doctor(project)).report.next).toBe("amalfa init");
});
