/**
 * Words first, meaning after: an ingest with much new text is searchable long before its vectors are there (I4), and
 * ends the same (I2).
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { realpathSync } from "node:fs";
import { ingest } from "../../src/ingest/ingest.ts";
import { loadProject } from "../../src/project/load.ts";
import { AmalfaError } from "../../src/system/errors.ts";
import { amalfa, amalfaJson, type IngestDocument, init, startAmalfa } from "../helpers/amalfa.ts";
import { projectEmbedder } from "../helpers/embedding.ts";
import { graphDigest } from "../helpers/graph-rows.ts";
import { type InstantBackend, instantBackend } from "../helpers/instant-backend.ts";
import { stallingAfter, useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { graphQuery } from "../helpers/notes.ts";
import { CACHE, GRAPH, removeDatabase } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

/** Chunks of a batch of vectors. */
const BATCH = 512;

function notes(count: number): TempFolder {
  const files = Array.from({ length: count }, (_, place) => [
    `notes/${place}.md`,
    `# Note ${place}\n\nThe words of note ${place % 700}, see [[${(place + 1) % count}]].\n`,
  ]);
  return new TempFolder().write(Object.fromEntries(files));
}

interface Run {
  readonly mode?: "incremental" | "rebuild";
  readonly vectors?: "all" | "known";
  readonly signal?: AbortSignal;
}

async function ingestWith(folder: TempFolder, backend: InstantBackend, run: Run = {}) {
  const project = await loadProject({ root: folder.path, cwd: folder.path });
  await using embedder = projectEmbedder(project, { startBackend: backend.start });
  const options = { project, embedder, mode: "incremental", allowEmpty: false, dryRun: false } as const;
  return ingest({ ...options, ...run });
}

interface Counts {
  readonly nodes: number;
  readonly vectors: number;
  readonly pending: number;
  readonly mixed: number;
}

function counts(folder: TempFolder): Counts {
  const [row] = graphQuery<Counts>(
    folder,
    `SELECT (SELECT count(*) FROM nodes) AS nodes, (SELECT count(*) FROM vectors) AS vectors,
            (SELECT count(*) FROM pending) AS pending,
            (SELECT count(*) FROM pending WHERE chunk IN (SELECT chunk FROM vectors) OR chunk NOT IN (SELECT id FROM chunks)) AS mixed`,
  );
  return row!;
}

describe("an ingest with much new text", () => {
  test("commits words before the first vector, then vectors in batches", async () => {
    using folder = notes(1_300);
    const seen: Counts[] = [];
    const backend = instantBackend((computed) => {
      if (computed % 100 === 0) seen.push(counts(folder));
    });
    await ingestWith(folder, backend);
    expect(seen[0]).toEqual({ nodes: 1_300, vectors: 0, pending: 1_300, mixed: 0 });
    for (const { nodes, vectors, pending, mixed } of seen) {
      expect({ nodes, all: vectors + pending, mixed }).toEqual({ nodes: 1_300, all: 1_300, mixed: 0 });
    }
    expect(seen.some(({ vectors }) => vectors >= BATCH && vectors < 1_300)).toBe(true);
    expect(counts(folder)).toEqual({ nodes: 1_300, vectors: 1_300, pending: 0, mixed: 0 });
  });

  test("I2 ends byte-identical, whatever the path", async () => {
    using fresh = notes(1_300);
    await ingestWith(fresh, instantBackend());
    const expected = graphDigest(fresh.join(GRAPH));

    using resumed = notes(1_300);
    const stop = new AbortController();
    const first = instantBackend((computed) => {
      if (computed === BATCH + 100) stop.abort();
    });
    const interrupted = await ingestWith(resumed, first, { signal: stop.signal }).catch((error) => error);
    expect(interrupted).toBeInstanceOf(AmalfaError);
    expect((interrupted as AmalfaError).hint).toContain("searched by their words");
    expect(counts(resumed)).toMatchObject({ nodes: 1_300, vectors: BATCH });
    const second = instantBackend();
    const report = await ingestWith(resumed, second);
    expect(report.documents.unchanged).toBe(1_300);
    expect(first.computed() + second.computed()).toBe(1_300);
    expect(graphDigest(resumed.join(GRAPH))).toBe(expected);

    await ingestWith(fresh, instantBackend(), { mode: "rebuild" });
    expect(graphDigest(fresh.join(GRAPH))).toBe(expected);

    using grown = notes(1_300);
    const later = Array.from({ length: 600 }, (_, place) => `notes/${place}.md`);
    const texts = await Promise.all(
      later.map(async (path) => [path, await Bun.file(grown.join(path)).text()]),
    );
    for (const path of later) await Bun.file(grown.join(path)).delete();
    await ingestWith(grown, instantBackend());
    grown.write(Object.fromEntries(texts));
    await ingestWith(grown, instantBackend(), { vectors: "known" });
    expect(counts(grown)).toMatchObject({ nodes: 1_300, pending: 600 });
    await ingestWith(grown, instantBackend());
    expect(graphDigest(grown.join(GRAPH))).toBe(expected);
  });

  test("few new texts have their vectors in the same transaction", async () => {
    using folder = notes(20);
    const seen: number[] = [];
    await ingestWith(folder, instantBackend());
    folder.write({ "new.md": "# New\n\nSomething else.\n" });
    const backend = instantBackend(() => void seen.push(counts(folder).nodes));
    await ingestWith(folder, backend);
    expect(seen).toEqual([20]);
    expect(counts(folder)).toMatchObject({ nodes: 21, pending: 0 });
  });

  test("I4 a rebuild of a complete graph shows the old one until the new one has its vectors", async () => {
    using folder = notes(300);
    await ingestWith(folder, instantBackend());
    const before = graphDigest(folder.join(GRAPH));
    folder.write(
      Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`more/${i}.md`, `# More ${i}\n`])),
    );
    removeDatabase(folder.join(CACHE));
    const during = new Set<string>();
    const backend = instantBackend((computed) => {
      if (computed % 50 === 0) during.add(graphDigest(folder.join(GRAPH)));
    });
    await ingestWith(folder, backend, { mode: "rebuild" });
    expect([...during]).toEqual([before]);
    expect(counts(folder)).toMatchObject({ nodes: 500, vectors: 500, pending: 0 });
  });

  test("vectors that are missing are told by every command, and computed by the next ingest", async () => {
    // More than a server computes by itself, beside its answers.
    using folder = notes(600);
    await ingestWith(folder, instantBackend(), { vectors: "known" });
    const at = { cwd: folder.path };
    interface Answer {
      readonly results: unknown[];
      readonly pending?: { readonly chunks: number; readonly share: number };
      readonly embedding?: unknown;
    }
    const search = await amalfaJson<Answer>(["search", "words of note 17"], at);
    expect(search.document.pending).toEqual({ chunks: 600, share: 0 });
    expect(search.document.results).not.toBeEmpty();
    expect((await amalfa(["search", "--mode", "lexical", "words"], at)).stderr).toContain(
      "meaning: 0 %: 600 passages are found by their words only; `amalfa init` computes the rest",
    );
    // Once, as long as nothing changes.
    expect((await amalfa(["search", "--mode", "lexical", "note"], at)).stderr).toBe("");
    const dry = await amalfa(["init", "--dry-run"], at);
    expect(dry.stdout).toContain("init would do this");
    expect(dry.stdout).toContain("600 to compute");
    expect((await amalfaJson<Answer>(["stats"], at)).document.pending).toEqual({ chunks: 600, share: 0 });
    const doctor = await amalfaJson<{ checks: { status: string; message: string }[] }>(
      ["doctor", "--check", "graph.vectors"],
      at,
    );
    expect(doctor.document.checks).toMatchObject([{ status: "warning" }]);
    {
      await using client = await McpClient.connect(folder.path);
      const { body } = await client.call("search_documents", { query: "words", mode: "lexical" });
      expect(body.pending).toEqual({ chunks: 600, share: 0 });
      const health = await client.call("health");
      expect(health.body).toMatchObject({ ok: true, next: null, pending: { chunks: 600, share: 0 } });
      // More than a server computes by itself; `refresh` would leave them as they are.
      expect(health.text).toBe(
        "The memory is in order. 600 passages wait for their vectors and can be found by words until then: " +
          "`amalfa init`, run by the user in a terminal, computes them.",
      );
    }
    const predicted = await amalfaJson<IngestDocument>(["init", "--dry-run"], at);
    expect(predicted.document.embedding).toMatchObject({ texts: 600, misses: 600 });
    const backend = instantBackend();
    await ingestWith(folder, backend);
    expect(backend.computed()).toBe(600);
    expect((await amalfaJson<Answer>(["stats"], at)).document.pending).toBeUndefined();
  });
});

test("I4 an init that is killed leaves a graph that is searched by words, and the next one goes on", async () => {
  using folder = notes(160);
  const child = startAmalfa(["init"], { cwd: folder.path, env: stallingAfter(40) });
  await until(() => hasWords(folder), { what: "the words of all notes" });
  const now = await amalfaJson<{ results: { id: string }[] }>(
    ["search", "--mode", "lexical", "--limit", "1", "note 42"],
    { cwd: folder.path },
  );
  expect(now.document.results).toHaveLength(1);
  // It is one of the user's projects from then on, however init ends.
  const listed = async (): Promise<boolean> => {
    const { document } = await amalfaJson<{ projects: { root: string }[] }>(["projects", "list"], {
      cwd: folder.path,
    });
    return document.projects.some(({ root }) => root === realpathSync(folder.path));
  };
  await until(listed, { what: "the project in the list" });
  child.kill("SIGKILL");
  await child.exited;
  const killed = await amalfaJson<{ results: { id: string }[] }>(["search", "--mode", "lexical", "note 42"], {
    cwd: folder.path,
  });
  expect(killed.document.results.map(({ id }) => id)).toContain("notes/42.md");
  expect(counts(folder).nodes).toBe(160);
  const { document } = await init(folder);
  expect(document.documents.unchanged).toBe(160);
  using fresh = notes(160);
  await init(fresh);
  expect(graphDigest(folder.join(GRAPH))).toBe(graphDigest(fresh.join(GRAPH)));
});

function hasWords(folder: TempFolder): boolean {
  try {
    return counts(folder).nodes === 160;
  } catch {
    return false;
  }
}
