/**
 * No damaged row makes figures, an ingest or a dry run meet something that they do not foresee: one in 29 kinds of
 * damage, with `AMALFA_DAMAGE_EVERY=1` each of them.
 */
import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { readStats } from "../../src/knowledge/stats.ts";
import { loadSettings } from "../../src/maintenance/doctor/settings.ts";
import { init } from "../../src/maintenance/init.ts";
import type { Project } from "../../src/project/index.ts";
import { AmalfaError } from "../../src/system/errors.ts";
import { alterGraph, disposeTemplate, healthyProject } from "../helpers/doctor.ts";
import { projectEmbedder, startMadeUpBackend } from "../helpers/embedding.ts";
import { damageIndexTables, indexDamages } from "../helpers/index-damage.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { GRAPH, removeDatabase } from "../helpers/project-files.ts";
import { rowDamages } from "../helpers/row-damage.ts";

useMadeUpModel();

setDefaultTimeout(1_200_000);
afterAll(disposeTemplate);

async function ingest(project: Project, how: { force: boolean; dryRun: boolean }): Promise<void> {
  await using embedder = projectEmbedder(project, { startBackend: startMadeUpBackend });
  const { signal } = new AbortController();
  const onProgress = (): void => {};
  await init({
    project,
    embedder,
    allowEmpty: false,
    signal,
    onProgress,
    waitSeconds: 10,
    onWait: () => {},
    ...how,
  });
}

test("I12 figures and ingests name whatever row is damaged, or do without it", async () => {
  using folder = await healthyProject();
  const { project } = await loadSettings(folder.path);
  const path = folder.join(GRAPH);
  const kinds = ((): [string, () => void][] => {
    using db = new Database(path);
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
    const rows = rowDamages(db).map(
      ({ name, sql }) => [name, () => alterGraph(folder, sql)] as [string, () => void],
    );
    const index = indexDamages(path).map(
      ({ name, sql }) => [name, () => damageIndexTables(path, sql)] as [string, () => void],
    );
    return [...rows, ...index];
  })();
  const sound = readFileSync(path);
  const commands: Record<string, () => unknown> = {
    stats: () => readStats(project),
    "init --dry-run": () => ingest(project, { force: false, dryRun: true }),
    init: () => ingest(project, { force: false, dryRun: false }),
    "init --force": () => ingest(project, { force: true, dryRun: false }),
  };
  const surprises: string[] = [];
  let tried = 0;
  const every = Number(process.env.AMALFA_DAMAGE_EVERY ?? 29);
  for (const [name, damage] of kinds.filter((_, index) => index % every === 0)) {
    removeDatabase(path);
    writeFileSync(path, sound);
    try {
      damage();
    } catch {
      // SQLite's own rules keep such a row out.
      continue;
    }
    tried++;
    folder.write({ "new.md": `# New ${tried}\n` });
    for (const [command, run] of Object.entries(commands)) {
      try {
        await run();
      } catch (error) {
        if (!(error instanceof AmalfaError)) surprises.push(`${name}: ${command}: ${error}`);
      }
    }
  }
  expect(surprises).toEqual([]);
  expect(tried).toBeGreaterThan(300 / every);
});
