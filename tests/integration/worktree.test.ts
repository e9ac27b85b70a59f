/**
 * Git worktrees and clones: each tree is a project of its own, and a linked one computes nothing that the main one
 * has computed.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { amalfa, amalfaJson, type ErrorDocument, type IngestDocument, init } from "../helpers/amalfa.ts";
import { git, repository } from "../helpers/git.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { CACHE } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

type WithTrees = IngestDocument & {
  readonly otherTrees: readonly { readonly path: string; readonly documents: number }[];
};

const NOTES = {
  "a.md": "# Harbour\n\nThe pilot boat leaves at dawn.\n",
  "docs/b.md": "# Lighthouse\n\nThe lamp is lit at dusk.\n",
  "docs/c.md": "# Buoy\n\nIt marks the channel.\n",
};

async function withWorktree(): Promise<TempFolder> {
  const folder = new TempFolder().write(NOTES);
  repository(folder.path);
  expect((await init(folder)).status).toBe(0);
  git(folder.path, "worktree", "add", "-q", ".claude/worktrees/x");
  return folder;
}

interface Answer {
  readonly results: readonly { readonly id: string }[];
  readonly freshness: { readonly state: string; readonly reason?: string };
}

describe("A linked worktree", () => {
  test("is its own project, takes its vectors from the main one's cache, and leaves that alone (I2, I3)", async () => {
    using folder = await withWorktree();
    const tree = folder.join(".claude/worktrees/x");
    const { document, status } = await amalfaJson<IngestDocument & { root: string }>(["init"], {
      cwd: `${tree}/docs`,
    });
    expect({ status, root: document.root }).toEqual({ status: 0, root: tree });
    expect(document.embedding).toMatchObject({ texts: 3, hits: 3, misses: 0, modelLoaded: false });
    expect(existsSync(`${tree}/${CACHE}`)).toBe(false);
    const cache = folder.join(CACHE);
    const stats = await amalfaJson(["cache", "stats"], { cwd: tree });
    expect(stats.document).toMatchObject({ ok: true, path: cache, shared: true, entries: 3 });

    for (const command of [["clear", "--yes"], ["prune", "--older-than", "1h"], ["compact"]]) {
      const refused = await amalfaJson<ErrorDocument>(["cache", ...command], { cwd: tree });
      expect(refused).toMatchObject({ status: 2, document: { error: { code: "cache.shared" } } });
      expect(refused.document.error.hint).toContain(folder.path);
    }
    expect((await amalfaJson(["reset", "--yes"], { cwd: tree })).status).toBe(0);
    expect(existsSync(`${tree}/.amalfa`)).toBe(false);
    const after = await amalfaJson(["cache", "stats"], { cwd: folder.path });
    expect(after.document).toMatchObject({ path: cache, entries: 3 });
    expect((await amalfaJson(["cache", "clear", "--yes"], { cwd: folder.path })).document).toMatchObject({
      removed: 3,
    });
  });

  test("has a cache of its own where its .git was made up", async () => {
    using folder = await withWorktree();
    using other = new TempFolder().write(NOTES);
    other.write({ ".git": readFileSync(folder.join(".claude/worktrees/x/.git")) });
    const { document } = await init(other);
    expect(document.embedding).toMatchObject({ misses: 3 });
    expect(existsSync(other.join(CACHE))).toBe(true);
  });

  test("has a cache of its own where the settings name one", async () => {
    using folder = await withWorktree();
    const tree = folder.join(".claude/worktrees/x");
    await Bun.write(`${tree}/amalfa.settings.json`, '{"cache": {"path": "own.sqlite"}}');
    expect((await amalfaJson<IngestDocument>(["init"], { cwd: tree })).document.embedding).toMatchObject({
      misses: 3,
    });
    expect(existsSync(`${tree}/own.sqlite`)).toBe(true);
    expect((await amalfaJson(["cache", "clear", "--yes"], { cwd: tree })).document).toMatchObject({
      removed: 3,
    });
  });
});

describe("Documents of other trees that an earlier ingest took in", () => {
  /** The graph holds a folder's documents, and then the folder becomes a repository. */
  async function ingested(inside: number, outside: number): Promise<TempFolder> {
    const notes = (folder: string, count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`${folder}/${at}.md`, `# Note ${folder} ${at}\n`]),
      );
    const folder = new TempFolder().write({ ...notes("wt/x", inside), ...notes("own", outside) });
    expect((await init(folder)).document.documents.added).toBe(inside + outside);
    repository(folder.join("wt/x"));
    return folder;
  }

  test("leave the graph, and are listed, also by a dry run", async () => {
    using folder = await ingested(2, 5);
    const dry = await amalfaJson<WithTrees>(["init", "--dry-run"], { cwd: folder.path });
    expect(dry.document.otherTrees).toEqual([{ path: "wt/x", documents: 2 }]);
    const { stdout, status } = await amalfa(["init"], { cwd: folder.path });
    expect(status).toBe(0);
    expect(stdout).toMatch(/have left the graph:\n +wt\/x +2 documents\n/);
    const again = await amalfaJson<WithTrees>(["init"], { cwd: folder.path });
    expect(again.document).toMatchObject({ otherTrees: [], documents: { found: 5, unchanged: 5 } });
    const doctor = await amalfa(["doctor", "--check", "config.sources", "--verbose"], { cwd: folder.path });
    expect(doctor.stdout).toContain("left out as git repositories or worktrees of their own: wt/x");
  });

  test("stay through a search that brings in what else has changed, and are named, until an ingest lists them", async () => {
    using folder = await ingested(2, 5);
    folder.write({ "own/new.md": "# A quagga\n" });
    rmSync(folder.join("own/4.md"));
    const asked = async (query: string) =>
      (await amalfaJson<Answer>(["search", "--mode", "lexical", query], { cwd: folder.path })).document;
    for (let round = 0; round < 2; round++) {
      const { results, freshness } = await asked("quagga");
      expect(results).toMatchObject([{ id: "own/new.md" }]);
      expect(freshness).toMatchObject({ state: "behind", added: 0, changed: 0, removed: 2 });
      expect(freshness.reason).toContain("(wt/x), which `amalfa init` lists");
    }
    expect((await asked("wt")).results.map(({ id }) => id).sort()).toEqual(["wt/x/0.md", "wt/x/1.md"]);
    rmSync(folder.join("wt/x/0.md"));
    expect((await asked("wt")).results).toMatchObject([{ id: "wt/x/1.md" }]);
    const { stderr } = await amalfa(["search", "--mode", "lexical", "quagga"], { cwd: folder.path });
    expect(stderr).toContain("the graph is behind the files: 2 removed (2 in git repositories");
    expect((await amalfa(["init"], { cwd: folder.path })).stdout).toMatch(/wt\/x +2 documents\n/);
    expect((await asked("wt")).freshness).toMatchObject({ state: "current" });
  });

  test("refuse the ingest where they are most of it, which names them (I11)", async () => {
    using folder = await ingested(5, 2);
    const refused = await amalfaJson<ErrorDocument>(["init"], { cwd: folder.path });
    expect(refused).toMatchObject({ status: 1, document: { error: { code: "ingest.refused" } } });
    expect(refused.document.error.message).toContain("wt/x (5)");
    const allowed = await amalfaJson<WithTrees>(["init", "--allow-empty"], { cwd: folder.path });
    expect(allowed.document).toMatchObject({
      otherTrees: [{ path: "wt/x", documents: 5 }],
      documents: { removed: 5 },
    });
    folder.write({ "amalfa.settings.json": '{"sources": [".", "wt/x"]}' });
    const named = await amalfaJson<WithTrees>(["init"], { cwd: folder.path });
    expect(named.document).toMatchObject({ documents: { found: 7, added: 5 } });
  });
});

describe(".amalfa", () => {
  test("keeps itself out of git, from whatever makes it", async () => {
    using folder = new TempFolder().write(NOTES);
    repository(folder.path);
    await init(folder);
    expect(git(folder.path, "status", "--porcelain")).toBe("");
    rmSync(folder.join(".amalfa"), { recursive: true });
    const serve = Bun.spawn([process.execPath, `${import.meta.dir}/../../src/cli.ts`, "serve"], {
      cwd: folder.path,
      stdio: ["ignore", "ignore", "ignore"],
    });
    await serve.exited;
    expect(git(folder.path, "status", "--porcelain")).toBe("");
  });

  test("keeps the file that does so as long as a reset keeps anything", async () => {
    using folder = new TempFolder().write(NOTES);
    repository(folder.path);
    await init(folder);
    expect((await amalfaJson(["reset", "--yes", "--keep-cache"], { cwd: folder.path })).status).toBe(0);
    expect(existsSync(folder.join(CACHE))).toBe(true);
    expect(git(folder.path, "status", "--porcelain")).toBe("");
    expect((await amalfaJson(["reset", "--yes"], { cwd: folder.path })).status).toBe(0);
    expect(existsSync(folder.join(".amalfa"))).toBe(false);
  });
});

describe("A bare repository", () => {
  test("is a tree of its own, by git's own marks, and so are the worktrees in it", async () => {
    using folder = new TempFolder().write({
      ...NOTES,
      "lookalike/HEAD": "x",
      "lookalike/note.md": "# Note\n",
    });
    folder.write({ "plain.git/note.md": "# No repository\n" });
    const from = folder.join("from");
    folder.write({ "from/d.md": "# Anchor\n" });
    repository(from);
    git(folder.path, "clone", "-q", "--bare", from, folder.join("x.git"));
    git(folder.join("x.git"), "worktree", "add", "-q", "main-tree");
    git(folder.path, "init", "-q", "--bare", folder.join("y"));
    folder.write({ "x.git/hooks/README.md": "# Hooks\n", "y/notes/e.md": "# Left behind\n" });
    rmSync(from, { recursive: true });
    const { document } = await init(folder);
    expect(document.documents).toMatchObject({ found: 5, added: 5 });
    const { document: sources } = await amalfaJson<{ sources: unknown[] }>(["list-sources"], {
      cwd: folder.path,
    });
    expect(sources.sources).toMatchObject([{ documents: 5 }]);
    const inside = await amalfaJson<{ root: string }>(["init"], { cwd: folder.join("x.git/main-tree") });
    expect(inside.document).toMatchObject({ root: folder.join("x.git/main-tree"), documents: { found: 1 } });
  });
});
