/**
 * What is read in several steps is of one moment: an ingest that commits between two of them makes no answer that is
 * true of neither state, and no sound graph or cache a damaged one.
 */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { openFreshGraphReader } from "../../src/composition.ts";
import { readCacheReport } from "../../src/embedding/cache/report.ts";
import { ingest } from "../../src/ingest/ingest.ts";
import { answerFresh } from "../../src/knowledge/freshness/answer.ts";
import { GraphReader } from "../../src/knowledge/graph-reader.ts";
import { readStats } from "../../src/knowledge/stats.ts";
import { validate } from "../../src/knowledge/validate.ts";
import { loadCheck } from "../../src/maintenance/doctor/checks/index.ts";
import { CheckContext } from "../../src/maintenance/doctor/context.ts";
import { loadSettings } from "../../src/maintenance/doctor/settings.ts";
import type { Project } from "../../src/project/index.ts";
import { copyDatabase, takeRowsOf, withCommitBefore } from "../helpers/commit-between-reads.ts";
import { projectEmbedder, startMadeUpBackend } from "../helpers/embedding.ts";
import { NOTES, notesFolder } from "../helpers/notes.ts";
import { CACHE, GRAPH, removeDatabase } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

setDefaultTimeout(300_000);

/** The project; its databases before the ingest of a new document and of a lost one, and after it. */
const folder = notesFolder();
const states = new TempFolder();
let project: Project;

const bring = (dryRun: boolean) =>
  ingest({
    project,
    embedder: projectEmbedder(project, { startBackend: startMadeUpBackend }),
    mode: "incremental",
    allowEmpty: false,
    dryRun,
  });

beforeAll(async () => {
  ({ project } = await loadSettings(folder.path));
  await bring(false);
  keep("before");
  folder.write({
    "crops/beans.md": "# Beans\n\nThey climb. See [compost](../soil/compost.md) and [[no such note]].\n",
    "crops/peas.md": "# Peas\n\nSow them early.\n",
    "crops/tomatoes.md": `${NOTES["crops/tomatoes.md"]}\n## Harvest\n\nIn August.\n`,
  });
  rmSync(folder.join("soil/worms.md"));
  await bring(false);
  keep("after");
});
afterAll(() => {
  folder[Symbol.dispose]();
  states[Symbol.dispose]();
});

function keep(state: string): void {
  for (const [name, file] of [
    ["graph", GRAPH],
    ["cache", CACHE],
  ] as const) {
    using db = new Database(folder.join(file));
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
    copyDatabase(folder.join(file), states.join(`${name}-${state}`));
  }
}

function begin(state: string, graph: string = states.join(`graph-${state}`)): void {
  removeDatabase(folder.join(GRAPH));
  copyDatabase(graph, folder.join(GRAPH));
  removeDatabase(folder.join(CACHE));
  copyDatabase(states.join(`cache-${state}`), folder.join(CACHE));
}

function commitAfter(): void {
  takeRowsOf(folder.join(GRAPH), states.join("graph-after"));
  takeRowsOf(folder.join(CACHE), states.join("cache-after"));
}

async function diagnosis(id: string) {
  using context = new CheckContext({ project, settingsProblems: [], deep: false, ownPids: [] });
  return await (await loadCheck(id)).run(context);
}

/** What is asked; each answer without what a clock or a file's size has in it. */
const QUESTIONS: Record<string, () => unknown> = {
  stats: () => ({ ...readStats(project), database: undefined, cache: undefined }),
  validate: () => validate(project),
  // What the cache has is of its own moment.
  "init --dry-run": async () => ({ ...(await bring(true)), embedding: undefined, durationMs: 0 }),
  "cache stats": () => ({ ...readCacheReport(project.paths.vectorCache), bytes: 0, fileBytes: 0 }),
  "graph.vectors": () => diagnosis("graph.vectors"),
  "graph.edges": () => diagnosis("graph.edges"),
  "graph.drift": () => diagnosis("graph.drift"),
  "graph.rows": () => diagnosis("graph.rows"),
  "index.fts": () => diagnosis("index.fts"),
  "the scan index of a search": async () => {
    using reader = new GraphReader(project);
    const { use } = await openFreshGraphReader(project, reader, { refresh: false, onWarning: () => {} });
    use(({ semantic }) => semantic.load());
    return "loaded";
  },
};

/** Asks while another process commits, before each read in turn: every answer is the one before or the one after. */
async function expectEither(begin: () => void, commit: () => void, ask: () => unknown): Promise<void> {
  begin();
  const either = [JSON.stringify(await ask())];
  begin();
  commit();
  either.push(JSON.stringify(await ask()));
  let queries = 1;
  for (let nth = 1; nth <= queries; nth++) {
    begin();
    const asked = await withCommitBefore(nth, commit, ask);
    ({ queries } = asked);
    expect(either).toContain(JSON.stringify(asked.answer));
  }
}

test.each(Object.entries(QUESTIONS))("%s is of one moment", async (_, ask) => {
  await expectEither(() => begin("before"), commitAfter, ask);
});

test("an answer says how many vectors it waits for of the state that it is made of", async () => {
  const waiting = states.join("graph-waiting");
  copyDatabase(states.join("graph-before"), waiting);
  using db = new Database(waiting);
  db.run("INSERT INTO pending SELECT id, '[]' FROM chunks");
  db.run("DELETE FROM vectors");
  await expectEither(
    () => begin("before", waiting),
    () => takeRowsOf(folder.join(GRAPH), states.join("graph-before")),
    async () => {
      using reader = new GraphReader(project);
      const graph = await openFreshGraphReader(project, reader, { refresh: false, onWarning: () => {} });
      return await answerFresh(graph, ({ db }) => ({
        value: db.query<{ vectors: number }, []>("SELECT count(*) AS vectors FROM vectors").get() ?? {},
        stale: { changed: [], removed: [] },
      }));
    },
  );
});
