/**
 * What an answer pays for being true: the walk before it, and the comparison of what it shows; and how soon a first
 * ingest can be searched.
 */
import { Database } from "bun:sqlite";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { openGraphToRead } from "../../src/graph/open.ts";
import { readFileStats } from "../../src/graph/state.ts";
import { Survey } from "../../src/ingest/discovery/survey.ts";
import { findDifferences } from "../../src/ingest/drift.ts";
import { compareWithFiles } from "../../src/knowledge/freshness/hits.ts";
import { loadProject } from "../../src/project/load.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { CLI } from "./child-process.ts";
import { atMost, type BenchContext, type Figure, type FigureResult, type Row } from "./figure.ts";
import { interleave, milliseconds } from "./interleave.ts";
import { preparedProject } from "./prepared-project.ts";
import { summarise, summariseRatio } from "./statistics.ts";

const WALK_MS = 80;
const HITS_MS = 2;
const WORDS_MS = 5_000;
/** Results of a search. */
const RESULTS = 10;

export const freshness: Figure = {
  name: "freshness",
  title: "answers that are true now, and words first (ms)",
  measure,
};

async function measure(context: BenchContext): Promise<FigureResult> {
  const { root, described } = await preparedProject(context);
  const rounds = context.effort === "full" ? 25 : 1;
  const rows = [...(await checks(root, described, rounds)), await words(root, described, context)];
  return { rows, notes: [`documents: ${described}`] };
}

async function checks(root: string, described: string, rounds: number): Promise<Row[]> {
  const project = await loadProject({ root, cwd: root });
  using db = openGraphToRead(project.paths.database).db;
  const ids = db.query("SELECT id FROM nodes ORDER BY random() LIMIT ?").values(RESULTS).flat() as string[];
  const { sources, excludePatterns } = project.settings;
  const walk = (): void => {
    const known = readFileStats(db);
    const survey = new Survey({ root, sources, excludePatterns, known });
    survey.goOn(Number.POSITIVE_INFINITY);
    findDifferences(project, survey.discovery()!, { db, known });
  };
  const contenders = {
    walk: () => milliseconds(walk),
    bare: () => milliseconds(() => statEach(root)),
    hits: () => milliseconds(() => compareWithFiles(root, db, ids, new Set())),
  };
  await interleave(contenders, 2);
  const times = await interleave(contenders, rounds);
  const [walked, hits] = [summarise(times.walk), summarise(times.hits)];
  const peer = {
    name: "readdir and stat",
    summary: summarise(times.bare),
    ratio: summariseRatio(times.walk, times.bare),
  };
  return [
    {
      case: `walk, ${described}`,
      unit: "ms",
      ours: walked,
      peer,
      goals: [atMost(walked.median, WALK_MS, "ms")],
    },
    { case: `${RESULTS} results`, unit: "ms", ours: hits, goals: [atMost(hits.median, HITS_MS, "ms")] },
  ];
}

/** What a walk cannot do without. */
function statEach(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) statSync(path);
    else if (!entry.name.startsWith(".")) statEach(path);
  }
}

/** From the start of a first `init`, with no vector known, until another process finds every document by its words. */
async function words(root: string, described: string, context: BenchContext): Promise<Row> {
  const times: number[] = [];
  for (let round = context.effort === "full" ? 3 : 1; round > 0; round--) {
    rmSync(join(root, ".amalfa"), { recursive: true });
    const started = performance.now();
    const child = Bun.spawn([process.execPath, CLI, "--root", root, "init", "--quiet"], {
      stdout: "ignore",
      stderr: "ignore",
    });
    while (child.exitCode === null && !hasDocuments(projectPaths(root).database)) await Bun.sleep(10);
    times.push(performance.now() - started);
    child.kill("SIGKILL");
    await child.exited;
  }
  const ours = summarise(times);
  return {
    case: `first init until searchable by words, ${described}`,
    unit: "ms",
    ours,
    goals: [atMost(ours.median, WORDS_MS, "ms")],
  };
}

function hasDocuments(path: string): boolean {
  try {
    using db = new Database(path, { readonly: true });
    return db.query("SELECT 1 FROM nodes LIMIT 1").get() !== null;
  } catch {
    return false;
  }
}
