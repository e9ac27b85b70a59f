/**
 * The full-text index's own tables: any damage of them is found or changes no answer, and none is met as unforeseen.
 */
import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { databaseError } from "../../src/graph/open.ts";
import { GraphReader } from "../../src/knowledge/graph-reader.ts";
import { searchWithVector } from "../../src/knowledge/search-documents.ts";
import { dbIntegrity } from "../../src/maintenance/doctor/checks/db-integrity.ts";
import { dbOpen } from "../../src/maintenance/doctor/checks/db-open.ts";
import { indexFts } from "../../src/maintenance/doctor/checks/index-fts.ts";
import { CheckContext } from "../../src/maintenance/doctor/context.ts";
import { loadSettings } from "../../src/maintenance/doctor/settings.ts";
import type { Project } from "../../src/project/index.ts";
import { AmalfaError } from "../../src/system/errors.ts";
import { disposeTemplate, doctor, healthyProject } from "../helpers/doctor.ts";
import { damageIndexTables, indexDamages } from "../helpers/index-damage.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { GRAPH, removeDatabase } from "../helpers/project-files.ts";

useMadeUpModel();

setDefaultTimeout(600_000);
afterAll(disposeTemplate);

const QUERIES = ["compost", "heap of a cubic metre", "tomatoes", '"the harvest"', "garden -plan", "hea*"];

/** The answers as text; what is thrown that names no command is added to `unforeseen`. */
function answers(project: Project, unforeseen: unknown[]): string {
  const said = QUERIES.map((query) => {
    try {
      using reader = new GraphReader(project);
      const results = searchWithVector(project, reader, { query, mode: "lexical", limit: 5 }, undefined);
      return results.map(({ id, score }) => `${id} ${score}`);
    } catch (error) {
      const known = databaseError(project.paths.database, error);
      if (!(known instanceof AmalfaError) || !known.hint?.includes("`amalfa ")) unforeseen.push(known);
      return "an error";
    }
  });
  return JSON.stringify(said);
}

async function isFound(project: Project): Promise<boolean> {
  using context = new CheckContext({ project, settingsProblems: [], deep: true, ownPids: [] });
  for (const check of [dbOpen, dbIntegrity, indexFts]) {
    // A check that fails is a finding of its own.
    const outcome = await check.run(context).catch(() => undefined);
    if (outcome === undefined || outcome.findings.length > 0) return true;
  }
  return false;
}

test("I15 any damage of the index is found, or changes no answer", async () => {
  using folder = await healthyProject();
  const { project } = await loadSettings(folder.path);
  const path = folder.join(GRAPH);
  {
    using db = new Database(path);
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const sound = readFileSync(path);
  const surprises: [string, unknown[]][] = [];
  const right = answers(project, []);
  const missed: string[] = [];
  let tried = 0;
  for (const { name, sql } of indexDamages(path)) {
    removeDatabase(path);
    writeFileSync(path, sound);
    try {
      damageIndexTables(path, sql);
    } catch {
      // SQLite's own rules keep such a row out.
      continue;
    }
    tried++;
    const unforeseen: unknown[] = [];
    const said = answers(project, unforeseen);
    if (unforeseen.length > 0) surprises.push([name, unforeseen]);
    if (said !== right && !(await isFound(project))) missed.push(name);
  }
  expect(missed).toEqual([]);
  expect(surprises).toEqual([]);
  expect(tried).toBeGreaterThan(150);
});

test("damage that only a deep look finds is mended by what is recommended then", async () => {
  using folder = await healthyProject();
  const { project } = await loadSettings(folder.path);
  const { database } = project.paths;
  const look = async (deep: boolean) => {
    using context = new CheckContext({ project, settingsProblems: [], deep, ownPids: [] });
    return (await indexFts.run(context)).findings;
  };
  // A letter of the last page of words: the index agrees with itself, and has another word than the text.
  const page = "(SELECT max(id) FROM search_index_data)";
  const letter = "unhex(replace(hex(block), hex('compost'), hex('compoSt')))";
  damageIndexTables(database, `UPDATE search_index_data SET block = ${letter} WHERE id = ${page}`);
  let plain = await look(false);
  if ((await look(true)).length === 0) {
    // It stands in another page there.
    damageIndexTables(database, `UPDATE search_index_data SET block = ${letter}`);
    plain = await look(false);
  }
  const [found] = await look(true);
  expect(found?.fix?.onlyDeep).toBe(plain.length === 0);
  const { report } = await doctor(folder, ["--deep"]);
  const again = await doctor(folder, (report.next ?? "").split(" ").slice(2));
  expect(again.report.summary.fixed).toBe(1);
  expect(await look(true)).toEqual([]);
});

test("where the index does not even open, the other tables are looked at all the same", async () => {
  using folder = await healthyProject();
  const { project } = await loadSettings(folder.path);
  {
    using db = new Database(project.paths.database);
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  damageIndexTables(project.paths.database, "UPDATE search_index_config SET v = 99 WHERE k = 'version'");
  using context = new CheckContext({ project, settingsProblems: [], deep: true, ownPids: [] });
  expect((await dbIntegrity.run(context)).findings).toEqual([]);
  expect((await indexFts.run(context)).findings).not.toEqual([]);
});
