/** What `graph.drift` says, and what it advises. */
import { afterAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { amalfa } from "../helpers/amalfa.ts";
import { checkOf, disposeTemplate, doctor, healthyProject } from "../helpers/doctor.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";

useMadeUpModel();
afterAll(disposeTemplate);

const driftOf = async (project: { readonly path: string }) => {
  const examination = await doctor(project, ["--check", "graph.drift"]);
  return { ...examination, check: checkOf(examination.report, "graph.drift") };
};

test("files that have changed are counted, and an ingest is advised; while one is at work, waiting is", async () => {
  using project = await healthyProject();
  expect((await driftOf(project)).check).toMatchObject({
    status: "ok",
    message: "no file was added, changed or removed",
  });
  project.write({ "a-new.md": "# New\n\nOne.\n", "b-new.md": "# New too\n\nTwo.\n" });
  const behind = await driftOf(project);
  expect(behind.check.status).toBe("warning");
  expect(behind.check.findings).toMatchObject([
    {
      message: "Files have changed since the last ingest: 2 added.",
      why: "Searches may miss what is new.",
      commands: ["amalfa init"],
    },
  ]);
  await using holder = await HelperProcess.start("hold-maintenance-lock.ts", project.path);
  const { check } = await driftOf(project);
  expect(check.findings).toMatchObject([
    { message: "Files have changed since the last ingest: 2 added.", commands: [] },
  ]);
  expect(check.findings[0]?.why).toStartWith(
    `Searches may miss what is new. Wait: \`amalfa init\` (process ${holder.pid}, since `,
  );
  expect(check.findings[0]?.why).toEndWith("reading, 42 % of 7 MiB) is at work.");
  const { stdout } = await amalfa(["doctor", "--check", "graph.drift"], { cwd: project.path });
  expect(stdout).toContain(`wait for \`amalfa init\` (process ${holder.pid}`);
  expect(stdout).toContain("which is at work, then run `amalfa doctor` again");
}, 300_000);

test("where an ingest would refuse, that is an error and no ingest is advised (I11)", async () => {
  using project = await healthyProject();
  for (const file of new Bun.Glob("**/*.md").scanSync(project.path)) rmSync(project.join(file));
  const { check } = await driftOf(project);
  expect(check.status).toBe("error");
  expect(check.findings).toMatchObject([{ severity: "error", commands: [] }]);
  expect(check.findings[0]?.why).toMatch(
    /^An ingest would refuse to run: .*\. Bring back what is missing, or correct `sources`\./,
  );
}, 300_000);

test("front matter with faults is named by the doctor and counted by stats, for as long as that is so", async () => {
  using project = await healthyProject();
  project.write({ "bad.md": "---\ntags: [a, b\n---\n# Bad\n", "open.md": "---\ntitle: x\n\n# Open\n" });
  project.write({ "twice.md": "---\ntitle: A\ntitle: Twice\ntags: [kept]\n---\nText.\n" });
  const said = async () => {
    const { stdout } = await amalfa(["stats"], { cwd: project.path });
    const { check } = await driftOf(project);
    const messages = check.findings.map(({ message }) => message);
    return { messages, stats: /front matter +(.*)/.exec(stdout)?.[1] };
  };
  await amalfa(["init"], { cwd: project.path });
  project.write({ "other.md": "# Other\n" });
  await amalfa(["init"], { cwd: project.path });
  const both = await said();
  expect(both.messages).toEqual([
    expect.stringMatching(/^The front matter of bad\.md has faults: line \d: .+\.$/),
    "The front matter of open.md has faults: line 1: it is never closed by a line ---.",
    expect.stringMatching(/^The front matter of twice\.md has faults: line 3: .+\.$/),
  ]);
  expect(both.stats).toBe(
    'of 3 documents has faults, the rest is in the graph; "amalfa validate" says where',
  );
  await amalfa(["rebuild"], { cwd: project.path });
  expect(await said()).toEqual(both);
  project.write({ "bad.md": "---\ntags: [a, b]\n---\n# Bad\n" });
  rmSync(project.join("open.md"));
  rmSync(project.join("twice.md"));
  await amalfa(["search", "--mode", "lexical", "bad"], { cwd: project.path });
  expect(await said()).toEqual({ messages: [], stats: undefined });
}, 300_000);
