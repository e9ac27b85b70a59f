/** The Rust book as a user's documents: 112 chapters, ingested once for all tests of this file. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { renameSync } from "node:fs";
import { amalfaJson, type IngestDocument } from "../helpers/amalfa.ts";
import { hasCorpus, unpackCorpus } from "../helpers/corpora.ts";
import { graphDigest } from "../helpers/graph-rows.ts";
import { GRAPH, removeDatabase } from "../helpers/project-files.ts";
import { TEN_QUESTIONS } from "../helpers/rust-book-questions.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";

// All vectors of the book are computed in it: minutes of two cores, of which much else may want its part.
const TIMEOUT = 3_600_000;

describe.if(hasCorpus("rust-book"))("the Rust book", () => {
  let folder: TempFolder;
  let first: IngestDocument;
  const init = async (): Promise<IngestDocument> =>
    (await amalfaJson<IngestDocument>(["init"], { cwd: folder.path })).document;

  beforeAll(async () => {
    folder = unpackCorpus("rust-book");
    first = await init();
  }, TIMEOUT);
  afterAll(() => folder[Symbol.dispose]());

  test("every chapter is ingested, and no link within the book is left unresolved", () => {
    expect(first.documents).toMatchObject({ found: 112, added: 112, failed: [] });
    expect(first.graph).toMatchObject({ nodes: 112, unresolvedLinks: 0 });
    expect(first.graph.edges).toBeGreaterThan(200);
    expect(first.embedding.misses).toBe(first.embedding.texts);
  });

  test(
    "a second init finds all unchanged; a third without the database computes nothing and makes the same graph",
    async () => {
      const second = await init();
      expect(second.documents).toMatchObject({ unchanged: 112, added: 0, changed: 0, removed: 0 });
      expect(second.embedding).toMatchObject({ misses: 0, modelLoaded: false });
      const graph = folder.join(GRAPH);
      const before = graphDigest(graph);
      removeDatabase(graph);
      const third = await init();
      expect(third.embedding).toMatchObject({ misses: 0, modelLoaded: false, hits: first.embedding.texts });
      expect(graphDigest(graph)).toBe(before);
    },
    TIMEOUT,
  );

  test(
    "a rebuild computes nothing, loads no model and makes byte-identical tables",
    async () => {
      const graph = folder.join(GRAPH);
      const before = graphDigest(graph);
      const { document } = await amalfaJson<IngestDocument>(["rebuild"], { cwd: folder.path });
      expect(document.documents).toMatchObject({ unchanged: 112, added: 0, changed: 0, removed: 0 });
      expect(document.embedding).toMatchObject({
        misses: 0,
        modelLoaded: false,
        hits: first.embedding.texts,
      });
      expect(graphDigest(graph)).toBe(before);
    },
    TIMEOUT,
  );

  test(
    "ten questions in words that the book does not use find their chapter among the first three",
    async () => {
      const found = { hybrid: [] as string[], lexical: [] as string[] };
      for (const { question, answers } of TEN_QUESTIONS) {
        for (const mode of ["hybrid", "lexical"] as const) {
          const { document } = await amalfaJson<{ results: { id: string }[] }>(
            ["search", "--mode", mode, "--limit", "3", question],
            { cwd: folder.path },
          );
          const chapters = document.results.map(({ id }) => id.slice(id.lastIndexOf("/") + 1));
          if (answers.some((answer) => chapters.includes(answer))) found[mode].push(question);
        }
      }
      expect(found.hybrid).toEqual(TEN_QUESTIONS.map(({ question }) => question));
      // Words alone find few of them: that is what the vectors are for.
      expect(found.lexical.length).toBeLessThanOrEqual(5);
    },
    TIMEOUT,
  );

  test(
    "a moved chapter, a renamed one and a paragraph on top of a long one cost 0, 0 and 1 to 2 inferences",
    async () => {
      const src = folder.join("rust-book/src");
      renameSync(`${src}/ch20-01-unsafe-rust.md`, folder.join("rust-book/unsafe-rust.md"));
      expect((await init()).embedding).toMatchObject({ misses: 0, modelLoaded: false });
      renameSync(folder.join("rust-book/unsafe-rust.md"), folder.join("rust-book/renamed.md"));
      expect((await init()).embedding).toMatchObject({ misses: 0, modelLoaded: false });
      const long = `${src}/ch21-02-multithreaded.md`;
      await Bun.write(long, `A paragraph that was not there before.\n\n${await Bun.file(long).text()}`);
      expect([1, 2]).toContain((await init()).embedding.misses);
    },
    TIMEOUT,
  );
});
