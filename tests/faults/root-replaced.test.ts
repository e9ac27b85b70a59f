/**
 * Another project is put in the place of the root while a command works: the command works on what it looked at, or
 * says what has happened, and changes nothing in what is there now.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync, renameSync, rmSync } from "node:fs";
import type { IngestProgress } from "../../src/ingest/index.ts";
import { clearCache, planClear } from "../../src/maintenance/cache/prune.ts";
import { runDoctor } from "../../src/maintenance/doctor/doctor.ts";
import { reset } from "../../src/maintenance/reset/reset.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { holdRoot } from "../../src/system/files/held-root.ts";
import { startAmalfa, untilSaid } from "../helpers/amalfa.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { ingestInProcess } from "../helpers/ingest-in-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { GRAPH } from "../helpers/project-files.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const ready = useReadyNotes();

/** A project, and another one that can take its place. */
class Pair extends TempFolder {
  readonly root = this.join("project");
  #other: readonly string[] | undefined;

  constructor() {
    super();
    cpSync(ready.folder.path, this.root, { recursive: true });
    this.write({ "project/new.md": "# New\n\nNot in the graph yet.\n" });
    cpSync(ready.folder.path, this.join("other"), { recursive: true });
    this.write({ "other/gold.md": "# Gold\n", "other/.amalfa/gold": "gold" });
  }

  /** Once. */
  swap(): void {
    if (this.#other !== undefined) return;
    renameSync(this.root, this.join("away"));
    renameSync(this.join("other"), this.root);
    this.#other = treeOf(this.root);
  }

  /** Whether the other project has taken its place and is as it was. */
  expectLeftAlone(): void {
    expect(this.#other).toBeDefined();
    expect(treeOf(this.root)).toEqual([...(this.#other ?? [])]);
  }
}

const REPLACED = { code: "root.replaced", message: expect.stringContaining("was left alone") };

const PHASES: readonly IngestProgress["phase"][] = ["discover", "read", "link", "write"];
/** What is in the place of the graph when the command begins. */
const GRAPHS = { "a graph": undefined, "no graph": "absent", "a damaged graph": "damaged" } as const;
const INGESTS = (["init", "rebuild"] as const).flatMap((command) =>
  Object.keys(GRAPHS)
    // An `init` refuses what it cannot read.
    .filter((graph) => command === "rebuild" || graph !== "a damaged graph")
    .flatMap((graph) => PHASES.map((phase) => [command, graph as keyof typeof GRAPHS, phase] as const)),
);

test.each(INGESTS)(
  "%s of %s leaves alone what has taken its place in the phase %s",
  async (command, graph, phase) => {
    using pair = new Pair();
    if (GRAPHS[graph] === "absent") rmSync(`${pair.root}/.amalfa`, { recursive: true });
    if (GRAPHS[graph] === "damaged") pair.write({ [`project/${GRAPH}`]: "no database ".repeat(1000) });
    const done = ingestInProcess(pair.root, command, (event) => {
      if (event.phase === phase) pair.swap();
    });
    await expect(done).rejects.toMatchObject(REPLACED);
    pair.expectLeftAlone();
  },
);

describe("what waits for the lock", () => {
  const commands = ["init --force", "rebuild", "reset --yes", "reset --yes --keep-cache"];
  test.each(commands)("%s does not work on what has taken its place meanwhile", async (command) => {
    using pair = new Pair();
    await using holder = await HelperProcess.start("hold-maintenance-lock.ts", pair.root);
    const child = startAmalfa([...command.split(" "), "--json", "--wait", "60"], { cwd: pair.root });
    await untilSaid(child, "waiting for");
    pair.swap();
    holder.child.kill("SIGKILL");
    const [text] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    expect(JSON.parse(text).error).toMatchObject(REPLACED);
    pair.expectLeftAlone();
  });
});

test.each(["delete", "keep"] as const)(
  "a reset with the cache to %s deletes only what it has shown",
  async (cache) => {
    using pair = new Pair();
    const done = reset({
      paths: projectPaths(pair.root),
      kept: [],
      vectorCache: undefined,
      choice: { cache, strays: "keep" },
      dryRun: false,
      waitSeconds: 0,
      signal: new AbortController().signal,
      confirm: async () => {
        pair.swap();
        return "prompt";
      },
      onWait: () => {},
    });
    await expect(done).rejects.toMatchObject(REPLACED);
    pair.expectLeftAlone();
    expect(existsSync(pair.join("away", GRAPH))).toBe(true);
  },
);

test("doctor --fix mends nothing in what has taken the place of what it looked at", async () => {
  using pair = new Pair();
  rmSync(`${pair.root}/.amalfa/cache/vector_cache.sqlite`);
  pair.write({ "project/.amalfa/cache/vector_cache.sqlite": "no database ".repeat(1000) });
  const done = runDoctor({
    root: pair.root,
    cwd: pair.root,
    mode: "repair",
    deep: false,
    checks: ["cache.open"],
    onPlan: () => pair.swap(),
  });
  await expect(done).rejects.toMatchObject(REPLACED);
  pair.expectLeftAlone();
});

test("cache clear removes nothing from the cache of what has taken its place while it asks", () => {
  using pair = new Pair();
  using _ = holdRoot(pair.root);
  const { vectorCache } = projectPaths(pair.root);
  expect(planClear(vectorCache, undefined).entries).toBeGreaterThan(0);
  pair.swap();
  expect(() => clearCache(vectorCache, undefined)).toThrow(expect.objectContaining(REPLACED));
  pair.expectLeftAlone();
});
