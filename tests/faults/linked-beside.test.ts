/** A file beside a database that is a hard link of somebody else's file: nothing is written to that. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { linkSync, readFileSync, rmSync, statSync } from "node:fs";
import { openShared, openToWrite } from "../../src/sqlite/index.ts";
import { amalfa } from "../helpers/amalfa.ts";
import { useIngestedProjects } from "../helpers/ingested-project.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const projects = useIngestedProjects();
const THEIRS = "a line of somebody's own file\n".repeat(3_000);

/** Somebody's file that has that name as well. */
function linkTheirs(folder: TempFolder, name: string): string {
  folder.write({ "theirs.txt": THEIRS });
  rmSync(name, { force: true });
  linkSync(folder.join("theirs.txt"), name);
  return folder.join("theirs.txt");
}

describe.each(["-wal", "-shm", "-journal"])("a %s that is somebody else's file as well", (end) => {
  test.each(["database", "vectorCache"] as const)(
    "beside the %s is named by the doctor, parted by its command, and left as it is",
    async (which) => {
      using project = projects.make();
      using elsewhere = new TempFolder();
      const beside = project.paths[which] + end;
      const theirs = linkTheirs(elsewhere, beside);
      const run = (...args: string[]) => amalfa(args, { cwd: project.path });
      await run("search", "--mode", "lexical", "turtle");
      linkTheirs(elsewhere, beside);
      const looked = await run("doctor", "--json");
      expect(looked.stdout).toContain(`${beside} is a hard link of another file`);
      expect(looked.stdout).toContain('"next": "amalfa doctor --fix"');
      expect(statSync(theirs).nlink).toBe(2);
      // What other checks could not look at before they see in the next run.
      await run("doctor", "--fix");
      expect(readFileSync(theirs, "utf8")).toBe(THEIRS);
      expect(statSync(theirs).nlink).toBe(1);
      expect(await run("doctor", "--deep")).toMatchObject({ status: 0 });
      const found = await run("search", "--mode", "lexical", "turtle");
      expect(found.stdout).toContain("one.md");
    },
  );

  test("is parted by the commands that write", async () => {
    using project = projects.make();
    using elsewhere = new TempFolder();
    const files = [project.paths.database, project.paths.vectorCache];
    const theirs = files.map((file, at) => {
      const name = elsewhere.join(`${at}.txt`);
      elsewhere.write({ [`${at}.txt`]: THEIRS });
      rmSync(file + end, { force: true });
      linkSync(name, file + end);
      return name;
    });
    project.write({ "three.md": "# Three\n\nA pelican.\n" });
    expect(await amalfa(["init"], { cwd: project.path })).toMatchObject({ status: 0 });
    for (const file of theirs) expect(readFileSync(file, "utf8")).toBe(THEIRS);
    const found = await amalfa(["search", "--mode", "lexical", "pelican"], { cwd: project.path });
    expect(found.stdout).toContain("three.md");
    expect(await amalfa(["doctor", "--deep"], { cwd: project.path })).toMatchObject({ status: 0 });
  });
});

test("what only the log holds is in the database once the log is parted", () => {
  using folder = new TempFolder();
  const copy = folder.join("copy.db");
  {
    using writer = openToWrite(folder.join("database"));
    writer.run("CREATE TABLE kept (value)");
    writer.run("INSERT INTO kept VALUES ('in the log')");
    for (const end of ["", "-wal"]) Bun.spawnSync(["cp", folder.join("database") + end, copy + end]);
  }
  linkSync(`${copy}-wal`, folder.join("theirs"));
  const before = readFileSync(folder.join("theirs"));
  using db = openToWrite(copy);
  expect(db.query("SELECT value FROM kept").values()).toEqual([["in the log"]]);
  db.run("INSERT INTO kept VALUES ('later')");
  expect(readFileSync(folder.join("theirs"))).toEqual(before);
});

test("nothing is parted while somebody has the database open, and nobody else opens it", () => {
  using folder = new TempFolder();
  const path = folder.join("database");
  openToWrite(path).close();
  using open = new Database(path, { readwrite: true, create: false });
  open.run("CREATE TABLE kept (value)");
  linkSync(`${path}-shm`, folder.join("theirs"));
  expect(() => openShared(path)).toThrow("is a hard link of another file");
  expect(() => openToWrite(path)).toThrow("is a hard link of another file");
  expect(statSync(`${path}-shm`).nlink).toBe(2);
  open.run("INSERT INTO kept VALUES ('still')");
});
