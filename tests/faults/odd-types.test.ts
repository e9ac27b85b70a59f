/**
 * No value of another type than its column's, in a row of the graph or in one that somebody added, makes an answer meet
 * something that it does not foresee: of texts that are bytes in `nodes` each, of all others one in 29, with
 * `AMALFA_DAMAGE_EVERY=1` each of them.
 */
import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { openFreshGraphReader, openGraphReader } from "../../src/composition.ts";
import { OpenProject } from "../../src/index.ts";
import type { FreshGraph } from "../../src/knowledge/freshness/index.ts";
import { listDirectoryNow } from "../../src/knowledge/list-directory.ts";
import { prime } from "../../src/knowledge/prime.ts";
import { recentChanges } from "../../src/knowledge/recent-changes.ts";
import { readStats } from "../../src/knowledge/stats.ts";
import { validate } from "../../src/knowledge/validate.ts";
import { loadSettings } from "../../src/maintenance/doctor/settings.ts";
import type { Project } from "../../src/project/index.ts";
import { AmalfaError } from "../../src/system/errors.ts";
import { alterGraph, disposeTemplate, healthyProject } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { GRAPH, removeDatabase } from "../helpers/project-files.ts";

useMadeUpModel();

setDefaultTimeout(1_200_000);
afterAll(disposeTemplate);

const VALUES: Record<string, string> = {
  blob: "x'00ff'",
  integer: "7",
  real: "1.5",
  null: "NULL",
  text: "'a'",
};
const SOUND: Record<string, string> = { TEXT: "'[]'", INTEGER: "4711", REAL: "1.0", BLOB: "x'00'" };

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
}

/** For each column of each table and each value: a row that is added with it, and all rows changed to it. */
function oddRows(db: Database): { name: string; sql: string }[] {
  const columns = db
    .query(
      "SELECT t.name AS 'table', c.name, c.type FROM pragma_table_list t, pragma_table_info(t.name) c " +
        "WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT GLOB 'sqlite*' " +
        "AND t.name NOT GLOB 'search_index*' ORDER BY 1, c.cid",
    )
    .all() as Column[];
  return columns.flatMap(({ table, name }) =>
    Object.entries(VALUES).flatMap(([kind, value]) => {
      const row = columns
        .filter((column) => column.table === table)
        .map((column) => (column.name === name ? value : (SOUND[column.type] ?? "'[]'")));
      return [
        {
          name: `${table}.${name} ${kind}, a row more`,
          sql: `INSERT INTO ${table} VALUES (${row.join(", ")})`,
        },
        { name: `${table}.${name} ${kind}`, sql: `UPDATE OR IGNORE ${table} SET ${name} = ${value}` },
      ];
    }),
  );
}

type Question = (notes: OpenProject, project: Project) => unknown;

async function ofGraph(project: Project, ask: (graph: FreshGraph) => Promise<unknown>): Promise<unknown> {
  using reader = await openGraphReader(project);
  return await ask(
    await openFreshGraphReader(project, reader, {
      refresh: false,
      onWarning: () => {},
      withWarm: async () => undefined,
    }),
  );
}

const NOW = { refresh: false } as const;

const QUESTIONS: Record<string, Question> = {
  "search --mode lexical": (notes) => notes.search("compost heap", { ...NOW, mode: "lexical" }),
  "search --mode semantic": (notes) => notes.search("compost heap", { ...NOW, mode: "semantic" }),
  search: (notes) => notes.search("compost heap", { ...NOW, explain: true }),
  "search --tag": (notes) => notes.search("compost", { ...NOW, filters: { tags: ["garden"] } }),
  read: (notes) => notes.read("soil/compost.md", NOW),
  "read by title": (notes) => notes.read("season", NOW),
  explore: (notes) => notes.explore("soil/compost.md", NOW),
  tags: (notes) => notes.tags(NOW),
  "find-gaps": (notes) => notes.findGaps({ ...NOW, threshold: 0 }),
  stats: (_, project) => readStats(project),
  validate: (_, project) => validate(project),
  prime: (_, project) => ofGraph(project, (graph) => prime(project, graph, 2_000)),
  "recent-changes": (_, project) => ofGraph(project, (graph) => recentChanges(project, graph, { limit: 20 })),
  list: (_, project) => ofGraph(project, (graph) => listDirectoryNow(project, graph, { path: "", depth: 9 })),
};

test("I12 no value of another type is met by an answer unforeseen, whatever its table and column", async () => {
  using folder = await healthyProject();
  const { project } = await loadSettings(folder.path);
  const path = folder.join(GRAPH);
  const rows = ((): ReturnType<typeof oddRows> => {
    using db = new Database(path);
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
    return oddRows(db);
  })();
  const sound = readFileSync(path);
  const surprises: string[] = [];
  let tried = 0;
  const every = Number(process.env.AMALFA_DAMAGE_EVERY ?? 29);
  const chosen = rows.filter(({ name }, index) => index % every === 0 || /^nodes\.\w+ blob/.test(name));
  for (const { name, sql } of chosen) {
    removeDatabase(path);
    writeFileSync(path, sound);
    try {
      alterGraph(folder, sql);
    } catch {
      // SQLite's own rules keep such a row out.
      continue;
    }
    tried++;
    await using notes = new OpenProject(project);
    for (const [question, ask] of Object.entries(QUESTIONS)) {
      try {
        await ask(notes, project);
      } catch (error) {
        if (!(error instanceof AmalfaError)) surprises.push(`${name}: ${question}: ${error}`);
      }
    }
  }
  expect(surprises).toEqual([]);
  expect(tried).toBeGreaterThan(200 / every);
});
