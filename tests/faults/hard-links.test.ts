/** A copy of a project by hard links (`cp -al`): two folders with the same database and lock files. */
import { Database } from "bun:sqlite";
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectPaths } from "../../src/project/paths.ts";
import { readProcessIdentity } from "../../src/system/process/identity.ts";
import { CLI } from "../helpers/amalfa.ts";
import { useIngestedProjects } from "../helpers/ingested-project.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const projects = useIngestedProjects();

interface Ran {
  readonly status: number | null;
  readonly text: string;
}

function amalfa(cwd: string, ...args: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd,
    encoding: "utf8",
    timeout: 300_000,
    killSignal: "SIGKILL",
    env: { ...process.env, NO_COLOR: "1", VECTOR_PORT: "0" },
  });
  return { status, text: stdout + stderr };
}

function linkedCopy(from: string, into: TempFolder): string {
  const to = into.join("copy");
  const { status, stderr } = spawnSync("cp", ["-Rl", from, to], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return to;
}

/** Not in place: that would change the note of the other folder as well. */
function replaceNote(folder: string, name: string, text: string): void {
  rmSync(join(folder, name), { force: true });
  writeFileSync(join(folder, name), text);
}

function digestOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

const find = (folder: string, word: string): Ran => amalfa(folder, "search", word, "--mode", "lexical");

test("what is written in the copy leaves the graph and the vector cache of the original alone", () => {
  using project = projects.make();
  using elsewhere = new TempFolder();
  const copy = linkedCopy(project.path, elsewhere);
  const theirs = projectPaths(copy);
  const { database, vectorCache } = project.paths;
  expect([database, vectorCache].map((file) => statSync(file).nlink)).toEqual([2, 2]);
  const before = [database, vectorCache].map(digestOf);
  replaceNote(copy, "one.md", "# One\n\nA walrus.\n");
  replaceNote(copy, "three.md", "# Three\n\nA pelican.\n");
  expect(amalfa(copy, "init")).toMatchObject({ status: 0 });
  expect([database, vectorCache].map(digestOf)).toEqual(before);
  expect([database, theirs.database].map((file) => statSync(file).nlink)).toEqual([1, 1]);
  expect(statSync(theirs.database).mode).toBe(statSync(database).mode);
  replaceNote(project.path, "two.md", "# Two\n\nA heron.\n");
  for (const [folder, word, note] of [
    [copy, "pelican", "three.md"],
    [project.path, "turtle", "one.md"],
    [project.path, "heron", "two.md"],
  ] as const) {
    expect(find(folder, word).text).toContain(note);
  }
  expect(find(project.path, "pelican").text).not.toContain("three.md");
  for (const folder of [project.path, copy]) {
    expect(amalfa(folder, "init")).toMatchObject({ status: 0 });
    expect(amalfa(folder, "doctor", "--deep")).toMatchObject({ status: 0 });
  }
});

test("the log of a writer that was at work while the copy was made stays with its own name", () => {
  using project = projects.make();
  using elsewhere = new TempFolder();
  const { database } = project.paths;
  let copy: string;
  {
    using writer = new Database(database, { readwrite: true, create: false });
    writer.run("PRAGMA wal_autocheckpoint = 0");
    writer.run("CREATE TABLE kept (value)");
    writer.run("INSERT INTO kept VALUES ('in the log')");
    copy = linkedCopy(project.path, elsewhere);
    const theirs = projectPaths(copy).database;
    expect(statSync(`${theirs}-wal`).size).toBeGreaterThan(0);
    replaceNote(copy, "three.md", "# Three\n\nA pelican.\n");
    const { status, text } = amalfa(copy, "doctor", "--fix", "--check", "layout.access");
    expect({ status, text }).toMatchObject({ status: 0 });
    expect(statSync(theirs).ino).not.toBe(statSync(database).ino);
    using there = new Database(theirs, { readonly: true });
    expect(there.query("SELECT value FROM kept").values()).toEqual([["in the log"]]);
    writer.run("INSERT INTO kept VALUES ('later')");
    expect(there.query("SELECT count(*) FROM kept").values()).toEqual([[1]]);
  }
  using here = new Database(database, { readonly: true });
  expect(here.query("SELECT count(*) FROM kept").values()).toEqual([[2]]);
  expect(here.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
});

test("many commands at once in both folders leave two whole graphs, each with its own notes", async () => {
  using project = projects.make();
  using elsewhere = new TempFolder();
  const copy = linkedCopy(project.path, elsewhere);
  const running = [project.path, copy].flatMap((folder, place) =>
    [1, 2, 3].map((n) => {
      replaceNote(folder, `new${n}.md`, `# New ${n}\n\nbird${place}x${n}\n`);
      return Bun.spawn([process.execPath, CLI, "init"], {
        cwd: folder,
        stdout: "ignore",
        stderr: "ignore",
        env: { ...process.env, VECTOR_PORT: "0" },
      }).exited;
    }),
  );
  await Promise.all(running);
  for (const [place, folder] of [project.path, copy].entries()) {
    expect(amalfa(folder, "init")).toMatchObject({ status: 0 });
    expect(amalfa(folder, "doctor", "--deep")).toMatchObject({ status: 0 });
    expect(find(folder, `bird${place}x2`).text).toContain("new2.md");
    expect(find(folder, `bird${1 - place}x2`).text).not.toContain("new2.md");
  }
});

test("the doctor names such files, and its fix gives the project its own", () => {
  using project = projects.make();
  using elsewhere = new TempFolder();
  linkedCopy(project.path, elsewhere);
  const named = amalfa(project.path, "doctor", "--check", "layout.access");
  expect(named.text).toContain(`${project.paths.database} has 2 names`);
  expect(named.text).toContain(`${project.paths.vectorCache} has 2 names`);
  expect(named.text).toContain("next: amalfa doctor --fix");
  expect(amalfa(project.path, "doctor", "--fix")).toMatchObject({ status: 0 });
  const { database, vectorCache } = project.paths;
  expect([database, vectorCache].map((file) => statSync(file).nlink)).toEqual([1, 1]);
  expect(amalfa(project.path, "doctor", "--deep")).toMatchObject({ status: 0 });
});

const started: string[] = [];
afterEach(() => {
  for (const folder of started.splice(0)) if (existsSync(folder)) amalfa(folder, "stop-all");
});

test.skipIf(process.platform !== "linux")(
  "a service stays its project's own while a copy by hard links is there, which has services of its own",
  () => {
    using project = projects.make();
    using elsewhere = new TempFolder();
    started.push(project.path);
    expect(amalfa(project.path, "watcher", "start")).toMatchObject({ status: 0 });
    const pidFile = join(project.paths.runtime, "daemon.pid");
    const pid = Number.parseInt(readFileSync(pidFile, "utf8"), 10);
    const copy = linkedCopy(project.path, elsewhere);
    started.push(copy);
    const theirFile = join(projectPaths(copy).runtime, "daemon.pid");
    expect(statSync(`${pidFile}.lock`).ino).toBe(statSync(`${theirFile}.lock`).ino);

    // In the copy it is another project's, and is not stopped.
    expect(amalfa(copy, "stop-all")).toMatchObject({ status: 0 });
    expect(readProcessIdentity(pid).kind).toBe("alive");
    const second = amalfa(copy, "watcher", "start");
    expect(second).toMatchObject({ status: 0 });
    const theirPid = Number.parseInt(readFileSync(theirFile, "utf8"), 10);
    expect(theirPid).not.toBe(pid);

    expect(amalfa(project.path, "stop-all")).toMatchObject({ status: 0 });
    expect(readProcessIdentity(pid).kind).toBe("dead");
    expect(readProcessIdentity(theirPid).kind).toBe("alive");
    expect(amalfa(copy, "stop-all")).toMatchObject({ status: 0 });
    expect(readProcessIdentity(theirPid).kind).toBe("dead");
  },
);

test.skipIf(process.platform !== "linux")(
  "a service can be stopped that was running when it was copied",
  () => {
    using project = projects.make();
    using elsewhere = new TempFolder();
    started.push(project.path);
    expect(amalfa(project.path, "watcher", "start")).toMatchObject({ status: 0 });
    linkedCopy(project.path, elsewhere);
    expect(amalfa(project.path, "servers").text).not.toContain("unknown");
    expect(amalfa(project.path, "stop-all")).toMatchObject({ status: 0 });
    expect(existsSync(join(project.paths.runtime, "daemon.pid"))).toBe(false);
  },
);

test("of a database with two names that is damaged a rebuild is advised, which leaves the other name alone", () => {
  using project = projects.make();
  using elsewhere = new TempFolder().write({ gold: "gold, and no database" });
  const { database } = project.paths;
  rmSync(database);
  linkSync(elsewhere.join("gold"), database);
  expect(JSON.parse(amalfa(project.path, "doctor", "--json").text)).toMatchObject({ next: "amalfa rebuild" });

  expect(amalfa(project.path, "rebuild")).toMatchObject({ status: 0 });
  expect(readFileSync(elsewhere.join("gold"), "utf8")).toBe("gold, and no database");
  expect(amalfa(project.path, "doctor")).toMatchObject({ status: 0 });
});
