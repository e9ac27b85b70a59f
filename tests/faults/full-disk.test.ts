/** An ingest on a disk that fills up in the middle: what it has done by then is kept, and it ends soon. */
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { CLI, type ErrorDocument } from "../helpers/amalfa.ts";
import { stallingAfter, useMadeUpModel } from "../helpers/made-up-model.ts";
import { fillUp, inOwnMounts, mountOwn, OWN_MOUNTS } from "../helpers/own-mounts.ts";
import { SETTINGS } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

const MAY_MOUNT = Bun.spawnSync([...OWN_MOUNTS, "true"]).exitCode === 0;
const TIMEOUT = 300_000;
const NOTES = 120;
const SECTIONS = 6;
const CHUNKS = NOTES * SECTIONS;
const WORDS = "compost heap frost barrow root seed rain shade worm mulch".split(" ");

/** Notes whose words take a part of the disk, and whose vectors do not fit into the rest. */
function writeNotes(project: TempFolder): void {
  for (let note = 0; note < NOTES; note++) {
    const sections = Array.from({ length: SECTIONS }, (_, section) => {
      const text = Array.from({ length: 150 }, (_, at) => WORDS[(at * (section + 3) + note) % WORDS.length]);
      return `## Part ${section} of ${note}\n\n${text.join(" ")} ${note}x${section}.\n`;
    });
    project.write({ [`n${note}.md`]: `# Note ${note}\n\n${sections.join("\n")}` });
  }
}

interface Ingested {
  readonly ok: boolean;
  readonly embedding: { readonly hits: number; readonly misses: number };
}

/** A command, and after how many vectors computing one more never ends; any number by default. */
type Step = { readonly args: readonly string[]; readonly most?: number } | { readonly script: string };

/** Runs commands one after the other in mounts of their own. Answers what each has printed, however it ended. */
function runAll(root: string, script: string, steps: readonly Step[]): unknown[] {
  using results = new TempFolder();
  const lines = steps.map((step, at) => {
    if ("script" in step) return step.script;
    const command = [process.execPath, CLI, "--root", root, "--json", ...step.args].map(
      (part) => `'${part}'`,
    );
    const { AMALFA_TEST_STALLS_AFTER: most } = stallingAfter(step.most ?? Number.POSITIVE_INFINITY);
    return `AMALFA_TEST_STALLS_AFTER=${most} ${command.join(" ")} > '${results.join(`${at}`)}' || true`;
  });
  const [program = "", ...args] = inOwnMounts([script, ...lines].join("\n"), ["true"]);
  const { status, stderr } = spawnSync(program, args, { cwd: "/", encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return steps.flatMap((step, at) =>
    "script" in step ? [] : [JSON.parse(readFileSync(results.join(`${at}`), "utf8"))],
  );
}

describe.if(MAY_MOUNT)("a disk that fills up while vectors are computed", () => {
  test(
    "ends the ingest; its vectors are kept, and the next one goes on with them",
    () => {
      using project = new TempFolder();
      writeNotes(project);
      using place = new TempFolder();
      const there = place.path;
      const script = `${mountOwn(there, "6m")}; cp -a '${project.path}/.' '${there}'`;
      const [first, kept, second, found, third] = runAll(there, script, [
        { args: ["init"] },
        { args: ["cache", "stats"] },
        // What closing has given back; a little is left for the memory that connections share.
        { script: `${fillUp(there)}; rm '${there}/filler2'; truncate -s -112K '${there}/filler'` },
        // It never ends if it computes what it cannot keep.
        { args: ["init"], most: 16 },
        { args: ["search", "--mode", "lexical", "heap of compost"] },
        { script: `mount -o remount,size=64m '${there}'` },
        { args: ["init"] },
      ]) as [ErrorDocument, { entries: number }, ErrorDocument, { results: unknown[] }, Ingested];
      expect(first.error.code).toBe("embedding.full");
      expect(first.error.message).toMatch(
        /There is no space left to keep vectors: [\d,]+ of [\d,]+ passages/,
      );
      expect(kept.entries).toBeGreaterThan(100);
      expect(["embedding.full", "database.full"]).toContain(second.error.code);
      expect(found.results.length).toBeGreaterThan(0);
      expect(third.ok).toBe(true);
      expect(third.embedding.misses).toBeLessThanOrEqual(CHUNKS - kept.entries);
    },
    TIMEOUT,
  );

  test(
    "ends a rebuild that computes all, and leaves the graph that was there",
    () => {
      using project = new TempFolder();
      writeNotes(project);
      using place = new TempFolder();
      const there = place.path;
      const script = `${mountOwn(there, "32m")}; cp -a '${project.path}/.' '${there}'`;
      const search: Step = { args: ["search", "--mode", "semantic", "heap of compost"] };
      const [, before, rebuilt, after] = runAll(there, script, [
        { args: ["init"] },
        search,
        { script: fillUp(there) },
        { args: ["rebuild", "--no-cache"], most: 16 },
        search,
      ]) as [Ingested, { results: unknown[] }, ErrorDocument, { results: unknown[] }];
      expect(rebuilt.error.code).toBe("embedding.full");
      expect(after.results).toEqual(before.results);
    },
    TIMEOUT,
  );

  test(
    "ends nothing where only the cache lies there: the graph takes what is computed",
    () => {
      using project = new TempFolder();
      writeNotes(project);
      using place = new TempFolder();
      project.write({ [SETTINGS]: JSON.stringify({ cache: { path: place.join("cache.sqlite") } }) });
      const [done] = runAll(project.path, mountOwn(place.path, "1m"), [{ args: ["init"] }]) as [Ingested];
      expect(done.ok).toBe(true);
      expect(done.embedding.misses).toBe(CHUNKS);
    },
    TIMEOUT,
  );
});
