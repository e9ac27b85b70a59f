/** The list of a user's projects. */
import { describe, expect, test } from "bun:test";
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { amalfa, amalfaJson, type ErrorDocument } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { notesFolder } from "../helpers/notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { type Listed, useProjects } from "../helpers/user-of-projects.ts";

useMadeUpModel();
const { env, home, more, names, project, run } = useProjects();
const LIST = "state/amalfa/registry/projects.json";

test("tests keep what is known of their user apart from that of whoever runs them", () => {
  expect(process.env.XDG_STATE_HOME).toStartWith(tmpdir());
});

describe("the list", () => {
  test("is filled by init, each root once, under a name of its own", async () => {
    const one = await project("work/notes", "Work");
    const other = await project("home/notes", "Home");
    await run(one, "init");
    const { document } = await run<Listed>("/", "projects", "list");
    expect(document.projects).toMatchObject([
      { name: "notes", root: one, graph: true },
      { name: "notes-2", root: other, graph: true },
    ]);
    expect(statSync(home().join(LIST)).mode & 0o777).toBe(0o600);
    expect(statSync(home().join("state/amalfa/registry")).mode & 0o777).toBe(0o700);
  });

  test("what a killed command left half written goes with the next that writes the list", async () => {
    await run(await project("work/notes", "Work"), "init");
    const left = "state/amalfa/registry/.amalfa-4194000-01234567-89ab-7cde-8f01-23456789abcd.tmp";
    home().write({ [left]: '{ "projects": [' });
    await run(await project("home/notes", "Home"), "init");
    expect(existsSync(home().join(left))).toBe(false);
    expect((await run<Listed>("/", "projects", "list")).document.projects).toHaveLength(2);
  });

  test("a project around others says at first whose documents it has as well", async () => {
    await project("work/notes", "Work");
    await project("work/code", "Code");
    Bun.spawnSync(["git", "init", "-q"], { cwd: home().join("work/code") });
    const around = () => amalfa(["init"], { cwd: home().path, env: env() });
    expect((await amalfa(["init"], { cwd: home().join("work/notes"), env: env() })).stderr).toBe("");
    const { stderr } = await around();
    expect(stderr).toContain("work/notes is a project of its own, and this one has the same documents now");
    expect(stderr).toContain("`excludePatterns`");
    // Reset would refuse a home directory, which this is.
    expect(stderr).toContain("delete its .amalfa");
    expect((await around()).stderr).toBe("");
  });

  test("a project around others names them whatever their folders are called, each as one", async () => {
    for (const folder of ["o/100% done", "o/a, b"]) await run(await project(folder, "Note"), "init");
    const { stderr } = await amalfa(["init"], { cwd: home().path, env: env() });
    expect(stderr).toContain('o/100% done, "o/a, b" are projects of their own');
  });

  test("is filled by nothing else: not by a dry run, a search, figures, or a diagnosis", async () => {
    using folder = notesFolder();
    await amalfa(["init"], { cwd: folder.path, env: { ...env(), AMALFA_REGISTRY: "off" } });
    for (const args of [
      ["init", "--dry-run"],
      ["search", "compost"],
      ["stats"],
      ["doctor"],
      ["prime"],
      ["rebuild"],
    ]) {
      await amalfa(args, { cwd: folder.path, env: env() });
    }
    expect(existsSync(home().join("state/amalfa/registry"))).toBe(false);
  });

  test("loses a project with its graph, and not by a dry run", async () => {
    const root = await project("notes", "Notes");
    await run(root, "reset", "--yes", "--dry-run");
    expect(await names()).toEqual(["notes"]);
    expect((await run(root, "reset", "--yes", "--keep-cache")).status).toBe(0);
    expect(await names()).toEqual([]);
  });

  test("keeps the name that its user gave it over a reset, unless another has taken it", async () => {
    const root = await project("notes", "Notes");
    await run(root, "projects", "add", "--name", "mine");
    const again = async (): Promise<string[]> => {
      expect((await run(root, "init")).status).toBe(0);
      return await names();
    };
    await run(root, "reset", "--yes");
    expect(await names()).toEqual([]);
    expect(await again()).toEqual(["mine"]);
    await run(root, "reset", "--yes");
    const other = await project("other", "Other");
    const renamed = await run(other, "projects", "add", "--name", "mine");
    expect(renamed.document).toMatchObject({ change: "renamed", project: { name: "mine" } });
    expect(await again()).toEqual(["mine", "notes"]);
    await run(root, "reset", "--yes");
    expect((await run(root, "projects", "add", "--name", "yours")).document).toMatchObject({
      change: "added",
    });
    expect(await names()).toEqual(["mine", "yours"]);
  });

  test("goes by add and remove, names and folders", async () => {
    const root = await project("notes", "Notes");
    expect((await run("/", "projects", "remove", "notes")).document).toMatchObject({ change: "removed" });
    expect(await names()).toEqual([]);
    expect((await run(root, "projects", "add", "--name", "mine")).document).toMatchObject({
      change: "added",
    });
    expect((await run("/", "projects", "add", root, "--name", "yours")).document).toMatchObject({
      change: "renamed",
    });
    expect((await run("/", "projects", "add", root)).document).toMatchObject({ change: "unchanged" });
    expect(await names()).toEqual(["yours"]);
    const other = await project("other", "Other");
    const taken = await run<ErrorDocument>(other, "projects", "add", "--name", "Yours");
    expect(taken.document.error.code).toBe("projects.name");
    expect((await run(other, "projects", "remove")).document).toMatchObject({ change: "removed" });
    const unknown = await run<ErrorDocument>("/", "projects", "remove", "nobody");
    expect(unknown).toMatchObject({ status: 1, document: { error: { code: "projects.unknown" } } });
    for (const name of ["*", "", "a/b", "a\nb", "x".repeat(65)]) {
      const { status } = await run(other, "projects", "add", "--name", name);
      expect(status).toBe(2);
    }
  });

  test("keeps and names a project whose folder is not there, until its user takes it out", async () => {
    const gone = await project("gone", "Gone");
    await run(gone, "projects", "add", "--name", "mine");
    const stays = await project("stays", "Stays");
    renameSync(gone, `${gone}.away`);
    await project("new", "New");
    expect((await run<Listed>("/", "projects", "list")).document.projects).toMatchObject([
      { name: "mine", root: gone, graph: false, missing: true },
      { name: "new", graph: true },
      { name: "stays", graph: true },
    ]);
    const search = ["search", "--all-projects", "--mode", "lexical", "stays"] as const;
    expect((await run(stays, ...search)).document).toMatchObject({
      results: [{ project: "stays" }],
      failed: [{ name: "mine", root: gone }],
    });
    renameSync(`${gone}.away`, gone);
    expect(await names()).toEqual(["mine", "new", "stays"]);
    rmSync(gone, { recursive: true });
    expect((await run("/", "projects", "remove", "mine")).document).toMatchObject({ change: "removed" });
    expect(await names()).toEqual(["new", "stays"]);
  });

  test("stays empty where its user or the project's settings say so", async () => {
    more.set("AMALFA_REGISTRY", "off");
    await project("off", "Off");
    expect((await run<Listed>("/", "projects", "list")).document).toMatchObject({
      projects: [],
      registry: "off",
    });
    more.set("AMALFA_REGISTRY", "");
    const root = await project("apart", "Apart", { registry: false });
    expect(await names()).toEqual([]);
    await run(root, "projects", "add");
    expect(await names()).toEqual(["apart"]);
    await run(root, "init");
    expect(await names()).toEqual([]);
  });

  test("many at once all get in", async () => {
    const roots = Array.from({ length: 12 }, (_, n) => home().join(`many/p${n}`));
    for (const root of roots) mkdirSync(root, { recursive: true });
    await Promise.all(roots.map((root) => run("/", "projects", "add", root)));
    expect((await names()).length).toBe(12);
  }, 300_000);

  test("without a folder of its own init goes on", async () => {
    home().write({ state: "no folder" });
    await project("notes", "Notes");
    const added = await run<ErrorDocument>("/", "projects", "add", home().join("notes"));
    expect(added.document.error.code).toBe("projects.unwritable");
  });
});

describe("I14 a folder puts neither itself nor others into it", () => {
  test("not by holding the list", async () => {
    using cloned = new TempFolder().write({ "a.md": "# A\n" });
    const theirs = { ...env(), XDG_STATE_HOME: cloned.join("state") };
    expect((await amalfa(["init"], { cwd: cloned.path, env: theirs })).status).toBe(0);
    expect(existsSync(cloned.join("state/amalfa/registry"))).toBe(false);
    const { document } = await amalfaJson<ErrorDocument>(["projects", "add"], {
      cwd: cloned.path,
      env: theirs,
    });
    expect(document.error.code).toBe("projects.inside");
  });

  test("not by a list that somebody else can write, nor by a link to one", async () => {
    const refused = async (): Promise<string> =>
      (await run<ErrorDocument>("/", "projects", "list")).document.error.message;
    await project("notes", "Notes");
    expect(await names()).toEqual(["notes"]);
    chmodSync(home().join(LIST), 0o666);
    expect(await refused()).toContain("it lets others in (mode 666)");
    chmodSync(home().join(LIST), 0o600);
    using cloned = new TempFolder();
    cpSync(home().join(LIST), cloned.join("projects.json"));
    rmSync(home().join(LIST));
    symlinkSync(cloned.join("projects.json"), home().join(LIST));
    expect(await refused()).toContain("it is a symbolic link");
  });

  test("not by what its settings or its own folder say", async () => {
    using cloned = new TempFolder().write({
      "a.md": "# A\n",
      ".amalfa/registry/projects.json": JSON.stringify({ projects: [{ name: "x", root: "/", since: "" }] }),
      ".env": `XDG_STATE_HOME=${home().join("elsewhere")}\n`,
      "amalfa.settings.json": JSON.stringify({ registry: true }),
    });
    await run(cloned.path, "stats");
    await run(cloned.path, "search", "a");
    expect(await names()).toEqual([]);
  });
});
