/**
 * I15: any change of any row that an answer can depend on is found, named, and met by no command as something
 * unforeseen.
 */
import { Database } from "bun:sqlite";
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { databaseError } from "../../src/graph/open.ts";
import { exploreLinks } from "../../src/knowledge/explore-links.ts";
import { findGaps } from "../../src/knowledge/find-gaps.ts";
import { GraphReader } from "../../src/knowledge/graph-reader.ts";
import { readDocument } from "../../src/knowledge/read-document.ts";
import { searchWithVector } from "../../src/knowledge/search-documents.ts";
import type { Finding } from "../../src/maintenance/doctor/check.ts";
import { graphRows } from "../../src/maintenance/doctor/checks/graph-rows.ts";
import { graphVectors } from "../../src/maintenance/doctor/checks/graph-vectors.ts";
import { CheckContext } from "../../src/maintenance/doctor/context.ts";
import { loadSettings } from "../../src/maintenance/doctor/settings.ts";
import type { Project } from "../../src/project/index.ts";
import { AmalfaError } from "../../src/system/errors.ts";
import { amalfa } from "../helpers/amalfa.ts";
import { alterGraph, checkOf, disposeTemplate, doctor, healthyProject, troubled } from "../helpers/doctor.ts";
import { unitVector } from "../helpers/graph-fixture.ts";
import { graphDigest, graphRows as graphRowsOf } from "../helpers/graph-rows.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { GRAPH, removeDatabase } from "../helpers/project-files.ts";
import { type RowDamage, rowDamages } from "../helpers/row-damage.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);
afterAll(disposeTemplate);

/** The database as one file, and what it holds. */
function soundGraph(folder: TempFolder): { readonly bytes: Uint8Array; readonly content: string } {
  {
    using db = new Database(folder.join(GRAPH));
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  return { bytes: readFileSync(folder.join(GRAPH)), content: contentOf(folder) };
}

function contentOf(folder: TempFolder): string {
  using db = new Database(folder.join(GRAPH), { readonly: true });
  return JSON.stringify([
    graphRowsOf(folder.join(GRAPH)),
    db.query("SELECT * FROM meta ORDER BY key").values(),
  ]);
}

/** Makes the damage. False where SQLite's own rules keep such a row out, or nothing is changed by it. */
function make(folder: TempFolder, { sql }: RowDamage, sound: string): boolean {
  try {
    alterGraph(folder, sql);
  } catch (error) {
    if (String(error).includes("constraint failed")) return false;
    throw error;
  }
  return contentOf(folder) !== sound;
}

async function kinds(): Promise<RowDamage[]> {
  using folder = await healthyProject();
  using db = new Database(folder.join(GRAPH), { readonly: true });
  return rowDamages(db);
}

async function deepFindings(project: Project): Promise<Finding[]> {
  using context = new CheckContext({ project, settingsProblems: [], deep: true, ownPids: [] });
  const { findings } = await graphRows.run(context);
  // The bytes of vectors have a checksum of their own.
  return findings.length > 0 ? [...findings] : [...(await graphVectors.run(context)).findings];
}

const ASKED = [
  (project: Project, reader: GraphReader) =>
    searchWithVector(project, reader, { query: "compost", mode: "lexical", limit: 5 }, undefined),
  (project: Project, reader: GraphReader) =>
    searchWithVector(
      project,
      reader,
      { query: "compost", mode: "semantic", limit: 5 },
      unitVector("compost", 384),
    ),
  (project: Project, reader: GraphReader) => readDocument(project, reader, "README.md"),
  (project: Project, reader: GraphReader) => exploreLinks(project, reader, "plan/season.md"),
  (_: Project, reader: GraphReader) => findGaps(reader, { limit: 5, threshold: 0 }),
];

/** What asking the damaged graph throws that names no command. */
function unforeseen(project: Project): unknown[] {
  const database = project.paths.database;
  const errors: unknown[] = [];
  const attempt = (work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      const known = databaseError(database, error);
      if (!(known instanceof AmalfaError) || !known.hint?.includes("`amalfa ")) errors.push(known);
    }
  };
  for (const ask of ASKED) {
    attempt(() => {
      using reader = new GraphReader(project);
      ask(project, reader);
    });
  }
  return errors;
}

test("I15 every kind of row damage is found, and no question is answered by something unforeseen", async () => {
  const tried: string[] = [];
  const missed: string[] = [];
  const surprises: [string, unknown[]][] = [];
  using folder = await healthyProject();
  const { project } = await loadSettings(folder.path);
  const sound = soundGraph(folder);
  for (const kind of await kinds()) {
    removeDatabase(folder.join(GRAPH));
    writeFileSync(folder.join(GRAPH), sound.bytes);
    if (!make(folder, kind, sound.content)) continue;
    tried.push(kind.name);
    const findings = await deepFindings(project);
    const isSaid = findings.some(
      ({ severity, why, commands }) => severity === "error" && why !== "" && commands[0] === "amalfa rebuild",
    );
    if (!isSaid) missed.push(kind.name);
    const errors = unforeseen(project);
    if (errors.length > 0) surprises.push([kind.name, errors]);
  }
  expect(missed).toEqual([]);
  expect(surprises).toEqual([]);
  expect(tried.length).toBeGreaterThan(180);
});

describe("I15 what the doctor recommends puts it right", () => {
  const DAMAGE: readonly [string, string][] = [
    ["a letter of a passage", "UPDATE chunks SET text = replace(text, 'heap', 'heat')"],
    ["an edge", "DELETE FROM edges WHERE source = 'README.md'"],
    ["every row of meta", "DELETE FROM meta"],
    ["what could not be read, of another kind", "INSERT OR REPLACE INTO meta VALUES ('front_matter', '0')"],
    ["the same, with other fields", "INSERT OR REPLACE INTO meta VALUES ('front_matter', '[{}, null]')"],
    [
      "values of meta that are all of another kind",
      "UPDATE meta SET value = '{}' WHERE key <> 'schema_version'",
    ],
    ["sign bits", "UPDATE vector_bits SET bits = x'00'"],
    ["what proves the rows", "DELETE FROM document_proofs"],
    ["a document that nobody wrote", "INSERT INTO nodes VALUES ('ghost.md', 'Ghost', '00', '[]', '[]')"],
  ];
  test.each(DAMAGE)("%s", async (_, sql) => {
    using folder = await healthyProject();
    const sound = graphDigest(folder.join(GRAPH));
    alterGraph(folder, sql);
    const { status, report } = await doctor(folder, ["--deep"]);
    expect({ status, next: report.next }).toEqual({ status: 1, next: "amalfa rebuild" });
    expect(checkOf(report, "graph.rows").status).toBe("error");
    const rebuilt = await amalfa(["rebuild", "--json"], { cwd: folder.path });
    expect(JSON.parse(rebuilt.stdout)).toMatchObject({
      ok: true,
      embedding: { misses: 0, modelLoaded: false },
    });
    expect(graphDigest(folder.join(GRAPH))).toBe(sound);
    expect(troubled((await doctor(folder, ["--deep"])).report)).toEqual([]);
  });
});

test("no fix is made of a passage that is not proved: neither the index from it, nor a healthy project", async () => {
  using folder = await healthyProject();
  alterGraph(folder, "UPDATE chunks SET text = replace(text, 'heap', 'heat')");
  const { status, report } = await doctor(folder, ["--deep", "--fix"]);
  expect({ status, plan: report.plan, next: report.next }).toEqual({
    status: 1,
    plan: [],
    next: "amalfa rebuild",
  });
  // The index still leads to it, and no answer is made of it.
  const found = await amalfa(["search", "--mode", "lexical", "--json", "heap"], { cwd: folder.path });
  expect(JSON.parse(found.stdout).error).toMatchObject({
    code: "database.damaged",
    message: expect.stringContaining("rows of soil/compost.md (chunks) are not what was written"),
  });
});

test("stamps of documents that are none are named, and no reason to ask for documents that are there", async () => {
  using folder = await healthyProject();
  alterGraph(folder, "UPDATE file_stats SET node = node || 'x'");
  const { status, report } = await doctor(folder, []);
  expect({ status, next: report.next }).toEqual({ status: 1, next: "amalfa rebuild" });
  expect((await amalfa(["rebuild"], { cwd: folder.path })).status).toBe(0);
  expect(troubled((await doctor(folder, ["--deep"])).report)).toEqual([]);
});

test("an ingest does not seal what it did not write", async () => {
  using folder = await healthyProject();
  alterGraph(
    folder,
    "UPDATE chunks SET text = replace(text, 'heap', 'heat')",
    "DELETE FROM edges WHERE source = 'README.md'",
  );
  folder.write({ "soil/worms.md": "Worms, once more.\n", "new.md": "# New\n" });
  expect((await amalfa(["init"], { cwd: folder.path })).status).toBe(0);
  const { report } = await doctor(folder, ["--deep", "--check", "graph.rows"]);
  const subjects = checkOf(report, "graph.rows").findings.map(({ subject }) => subject);
  expect(subjects).toContain("soil/compost.md");
});

test("an ingest refuses to go on from rows of meta that are not what was written, and says what to run", async () => {
  using folder = await healthyProject();
  alterGraph(folder, "UPDATE meta SET value = '0' WHERE key = 'generation'");
  folder.write({ "new.md": "# New\n" });
  for (const command of [["init"], ["init", "--dry-run"], ["search", "heap"], ["stats"]]) {
    const { status, stderr } = await amalfa(command, { cwd: folder.path });
    expect({ command, status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/a row of `meta` is lost or not what was written[\s\S]*amalfa rebuild/),
    });
  }
  const dry = await amalfa(["rebuild", "--dry-run", "--json"], { cwd: folder.path });
  const real = await amalfa(["rebuild", "--json"], { cwd: folder.path });
  const figures = (text: string) => {
    const { documents, graph } = JSON.parse(text);
    return { documents, graph };
  };
  expect(figures(dry.stdout)).toEqual(figures(real.stdout));
});
