/** A database with damaged pages: whatever a command finds of the graph or of the damage, it is named. */
import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { DoctorReport } from "../../src/maintenance/doctor/index.ts";
import { amalfa } from "../helpers/amalfa.ts";
import { disposeTemplate, doctor, healthyProject, troubled } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { notesFolder } from "../helpers/notes.ts";
import { CACHE, GRAPH, removeDatabase } from "../helpers/project-files.ts";
import { seeded } from "../helpers/random.ts";

useMadeUpModel();
afterAll(disposeTemplate);

setDefaultTimeout(300_000);

const COMMANDS = [
  ["stats"],
  ["explore", "README.md"],
  ["read", "README.md"],
  ["list-sources"],
  ["validate"],
  ["find-gaps"],
  ["eval", "--mode", "lexical"],
  ["search", "--mode", "lexical", "compost"],
];

test("I12 no command meets damage that it does not foresee", async () => {
  using folder = notesFolder();
  expect((await amalfa(["init"], { cwd: folder.path })).status).toBe(0);
  using db = new Database(folder.join(GRAPH));
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  const whole = readFileSync(folder.join(GRAPH));
  const pages = whole.length / 4096;
  for (let seed = 0; seed < 6; seed++) {
    const random = seeded(seed);
    const damaged = Buffer.from(whole);
    // The first page tells what file it is; without it there is no graph to be met.
    for (let page = 1; page < pages; page++) {
      if (random.oneIn(2)) continue;
      damaged.set(
        Uint8Array.from({ length: 4096 }, () => random.between(0, 255)),
        page * 4096,
      );
    }
    writeFileSync(folder.join(GRAPH), damaged);
    for (const command of COMMANDS) {
      const { status, stdout, stderr } = await amalfa(command, { cwd: folder.path });
      expect({ seed, command, text: stdout + stderr }).not.toMatchObject({
        text: expect.stringMatching(/did not foresee|\n\s+at /),
      });
      expect([0, 1]).toContain(status);
    }
  }
  const { status, stderr } = await amalfa(["rebuild"], { cwd: folder.path });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test("a file that no setting should lead to is not said to be mended by a rebuild, which leaves it alone", async () => {
  using folder = notesFolder();
  folder.write({ "list.txt": "mine\n", "amalfa.settings.json": JSON.stringify({ database: "list.txt" }) });
  for (const command of [["init"], ["search", "compost"], ["stats"]]) {
    const { status, stderr } = await amalfa(command, { cwd: folder.path });
    expect({ command, status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.not.stringMatching(/rebuild/),
    });
    expect(stderr).toMatch(/list\.txt is damaged or not a database.*\n {2}.*`database` setting/);
  }
  expect((await amalfa(["rebuild"], { cwd: folder.path })).stderr).toMatch(/Correct the `database` setting/);
  expect(readFileSync(folder.join("list.txt"), "utf8")).toBe("mine\n");
});

test.each(["a named pipe", "a folder"])("%s in its place is named, and never waited for", async (what) => {
  using folder = notesFolder();
  mkdirSync(folder.join(".amalfa"));
  if (what === "a folder") mkdirSync(folder.join(GRAPH));
  else expect(Bun.spawnSync(["mkfifo", folder.join(GRAPH)]).success).toBe(true);
  for (const command of [...COMMANDS, ["init"]]) {
    const { status, stdout, stderr } = await amalfa(command, { cwd: folder.path });
    // The sources can be told without a graph.
    const needsGraph = command[0] !== "list-sources";
    expect({ command, status }).toEqual({ command, status: needsGraph ? 1 : 0 });
    if (!needsGraph) continue;
    expect(stdout + stderr).toMatch(
      /where the database should be, is (?:a folder|neither a file nor a folder)\.\s+Run `amalfa rebuild`/,
    );
  }
  expect((await amalfa(["doctor", "--check", "db.open"], { cwd: folder.path })).stdout).toContain(
    "rebuild moves it to quarantine",
  );
  expect((await amalfa(["rebuild"], { cwd: folder.path })).status).toBe(0);
  expect((await amalfa(["search", "--mode", "lexical", "compost"], { cwd: folder.path })).status).toBe(0);
});

test("a folder where the setting leads is for whoever set it: no command moves it", async () => {
  using folder = notesFolder();
  folder.write({ "amalfa.settings.json": JSON.stringify({ database: "thing.db" }) });
  mkdirSync(folder.join("thing.db"));
  const { stderr } = await amalfa(["search", "compost"], { cwd: folder.path });
  expect(stderr).toContain("Move it away yourself, or correct the `database` setting");
  expect((await amalfa(["rebuild"], { cwd: folder.path })).status).toBe(2);
});

test("what keeps many checks from looking is said once, and the others say what they wait for", async () => {
  using folder = notesFolder();
  expect((await amalfa(["init"], { cwd: folder.path })).status).toBe(0);
  using db = new Database(folder.join(GRAPH));
  const [[root] = []] = db.query("SELECT rootpage FROM sqlite_schema WHERE name = 'nodes'").values();
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  const damaged = readFileSync(folder.join(GRAPH));
  damaged.fill(0xff, (Number(root) - 1) * 4096, Number(root) * 4096);
  writeFileSync(folder.join(GRAPH), damaged);
  const { checks } = JSON.parse(
    (await amalfa(["doctor", "--json"], { cwd: folder.path })).stdout,
  ) as DoctorReport;
  const unchecked = checks.filter(({ message }) => message.startsWith("could not be checked"));
  expect(unchecked.length).toBeGreaterThan(1);
  for (const { status, message, findings } of unchecked) {
    expect({ status, message }).toEqual({
      status: "warning",
      message: "could not be checked before db.integrity is in order",
    });
    expect(findings).toHaveLength(1);
  }
  const { stdout } = await amalfa(["doctor"], { cwd: folder.path });
  expect(stdout.replaceAll(/\s+/g, " ")).toContain(
    `! ${unchecked.map(({ id }) => id).join(", ")} Could not be checked before db.integrity is in order.`,
  );
  expect(stdout.match(/ould not be checked/g)).toHaveLength(1);
  const some = await amalfa(["doctor", "--check", ...unchecked.map(({ id }) => id)], { cwd: folder.path });
  expect(some.stdout.match(/ould not be checked: database disk image is malformed/g)).toHaveLength(1);
  expect(some.stdout).toEndWith("next: amalfa doctor\n");
});

test("so it is with a vector cache, and what follows from findings that are alike is said once", async () => {
  using folder = notesFolder();
  expect((await amalfa(["init"], { cwd: folder.path })).status).toBe(0);
  const damaged = readFileSync(folder.join(CACHE));
  damaged.fill(0xff, 2 * 4096);
  writeFileSync(folder.join(CACHE), damaged);
  folder.write({ "amalfa.settings.json": JSON.stringify({ sourcs: ["."], wach: {} }) });
  const { stdout } = await amalfa(["doctor"], { cwd: folder.path });
  expect(stdout.replaceAll(/\s+/g, " ")).toContain(
    "! cache.rows, cache.size Could not be checked before cache.open is in order.",
  );
  expect(stdout.match(/unknown key/g)).toHaveLength(2);
  expect(stdout.match(/commands refuse to run/g)).toHaveLength(1);
});

test("of a database without tables, as a full disk leaves it, the next ingest makes a graph", async () => {
  using project = await healthyProject();
  removeDatabase(project.join(GRAPH));
  {
    using db = new Database(project.join(GRAPH), { create: true });
    db.run("CREATE TABLE passing (a)");
    db.run("DROP TABLE passing");
  }
  expect((await doctor(project)).report.next).toBe("amalfa init");

  expect((await amalfa(["init"], { cwd: project.path })).status).toBe(0);
  expect(troubled((await doctor(project)).report)).toEqual([]);
});
