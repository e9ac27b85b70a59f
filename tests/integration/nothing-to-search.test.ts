/** A query of marks alone is near to nothing and to everything: it is said what is missing. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { amalfa, init } from "../helpers/amalfa.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

test("marks alone are no query; signs that are found, and names with marks, are", async () => {
  using folder = new TempFolder().write({ "a.md": "# A\n\nThe way → leads to C++.\n", "b.md": "# B\n" });
  await init({ path: folder.path });
  for (const query of ['"', "''", "???", "( )", "--"]) {
    const { status, stderr, stdout } = await amalfa(["search", "--", query], { cwd: folder.path });
    expect([query, status, stdout]).toEqual([query, 2, ""]);
    expect(stderr).toContain("the query has no letter, no digit and no other sign");
  }
  for (const query of ["→", "C++", "λ"]) {
    const found = await amalfa(["search", "--mode", "lexical", "--", query], { cwd: folder.path });
    expect([query, found.status]).toEqual([query, 0]);
  }
});

test("a project without documents says so, and where they are looked for, instead of advising other words", async () => {
  using folder = new TempFolder().write({ "notes.txt": "no markdown\n" });
  await init({ path: folder.path });
  const search = async (...args: string[]) => {
    const { status, stdout } = await amalfa(["search", "harvest", ...args], { cwd: folder.path });
    expect(status).toBe(0);
    return stdout;
  };
  for (const args of [[], ["--mode", "lexical"], ["--path", "garden"]]) {
    const said = await search(...args);
    expect(said).toContain(`The graph has no documents: they are looked for in ${folder.path}.\n`);
    expect(said).toContain("Documents end in .md");
    expect(said).not.toMatch(/other words|filters/);
  }
  expect(await search("--quiet")).toBe("");
  folder.write({ "a.md": "# Sowing\n" });
  expect(await search("--mode", "lexical")).not.toContain("no documents");
});

test("while the first ingest is at work, that and how far it is are said", async () => {
  using folder = new TempFolder().write({ "a.md": "# A\n" });
  const search = async () => (await amalfa(["search", "harvest"], { cwd: folder.path })).stderr;
  expect(await search()).not.toContain("is making it");
  {
    await using _init = await HelperProcess.start("hold-maintenance-lock.ts", folder.path);
    expect(await search()).toMatch(
      /no graph yet: `amalfa init` \(process \d+, .*reading, 42 % of 7 MiB\) is making it/,
    );
  }
  expect(await search()).not.toContain("is making it");
});

test("sources that are set are named where they have no documents", async () => {
  using folder = new TempFolder().write({
    "amalfa.settings.json": '{ "sources": ["docs", "notes"] }\n',
    "docs/a.txt": "x",
    "notes/a.txt": "x",
  });
  await init({ path: folder.path });
  const { stdout } = await amalfa(["search", "harvest"], { cwd: folder.path });
  expect(stdout).toContain(`they are looked for in docs, notes below ${folder.path}.`);
});
