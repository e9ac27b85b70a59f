/** Invariants of the design, by their numbers, shown with the real program on real files. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import {
  amalfa,
  amalfaJson,
  type ErrorDocument,
  type IngestDocument,
  init,
  startAmalfa,
} from "../helpers/amalfa.ts";
import { graphDigest, graphRows } from "../helpers/graph-rows.ts";
import { REAL_MODEL, stallingAfter, useMadeUpModel } from "../helpers/made-up-model.ts";
import { graphQuery, NOTES, notesFolder } from "../helpers/notes.ts";
import { CACHE, GRAPH, removeDatabase } from "../helpers/project-files.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

const TIMEOUT = 300_000;

describe("I1 Markdown is read-only", () => {
  test(
    "no command of every day changes a byte or a time of a document",
    async () => {
      using folder = notesFolder();
      const snapshot = () =>
        Object.keys(NOTES).map((path) => [
          path,
          readFileSync(folder.join(path), "utf8"),
          statSync(folder.join(path)).mtimeMs,
        ]);
      const before = snapshot();
      for (const args of [
        ["init"],
        ["init", "--force"],
        ["search", "worms"],
        ["read", "worms.md"],
        ["stats"],
        ["list-sources"],
      ]) {
        expect((await amalfa(args, { cwd: folder.path })).status).toBe(0);
      }
      expect(snapshot()).toEqual(before);
    },
    TIMEOUT,
  );
});

describe("I2 The cache is invisible", () => {
  test(
    "with a warm, a cold, a corrupted and no usable cache all tables hold the same bytes",
    async () => {
      using folder = notesFolder();
      await init(folder);
      const cold = graphRows(folder.join(GRAPH));
      const again = async (): Promise<IngestDocument> => {
        removeDatabase(folder.join(GRAPH));
        const { document } = await init(folder);
        expect(graphRows(folder.join(GRAPH))).toEqual(cold);
        return document;
      };
      expect((await again()).embedding.misses).toBe(0);

      corruptRows(folder.join(CACHE));
      const healed = await again();
      expect(healed.embedding.misses).toBeGreaterThan(3);
      expect(healed.embedding.hits).toBeGreaterThan(0);
      expect((await again()).embedding.misses).toBe(0);

      rmSync(folder.join(CACHE));
      expect((await again()).embedding.hits).toBe(0);

      rmSync(folder.join(CACHE));
      writeFileSync(folder.join(CACHE), "this is no database at all, whatever its name says\n".repeat(200));
      expect((await again()).embedding.hits).toBe(0);
    },
    TIMEOUT,
  );
});

/** Spoils all but every fifth row, each in another way. */
function corruptRows(path: string): void {
  using db = new Database(path);
  const keys = db.query<{ key: string }, []>("SELECT key FROM cache ORDER BY key").all();
  const ways = [
    "UPDATE cache SET vector = zeroblob(1536) WHERE key = ?",
    "UPDATE cache SET vector = substr(vector, 1, 100) WHERE key = ?",
    "UPDATE cache SET vector = (SELECT vector FROM cache ORDER BY key DESC LIMIT 1) WHERE key = ?",
    "UPDATE cache SET vector = x'0000c07f' || substr(vector, 5) WHERE key = ?",
  ];
  keys.forEach(({ key }, index) => {
    const way = ways[index % (ways.length + 1)];
    if (way !== undefined) db.run(way, [key]);
  });
}

describe("I3 A full hit loads no model", () => {
  test.if(process.platform === "linux")(
    "the runtime's library is opened by a cold ingest and by none after it",
    async () => {
      using folder = notesFolder();
      const opened = async (name: string, args: string[]): Promise<boolean> => {
        const log = folder.join(`.loader-${name}`);
        const env = { ...REAL_MODEL, LD_DEBUG: "files", LD_DEBUG_OUTPUT: log };
        expect((await amalfa(args, { cwd: folder.path, env })).status).toBe(0);
        const logs = readdirSync(folder.path).filter((file) => file.startsWith(`.loader-${name}.`));
        expect(logs.length).toBeGreaterThan(0);
        return logs.some((file) => readFileSync(folder.join(file), "utf8").includes("libonnxruntime"));
      };
      expect(await opened("cold", ["init"])).toBe(true);
      removeDatabase(folder.join(GRAPH));
      expect(await opened("warm", ["init"])).toBe(false);
      expect(await opened("query-miss", ["search", "damp and dark"])).toBe(true);
      expect(await opened("query-hit", ["search", "damp and dark"])).toBe(false);
    },
    TIMEOUT,
  );
});

describe("I4 Readers never see half a graph", () => {
  test(
    "an interrupted ingest leaves words complete and vectors pending, keeps those computed so far and exits 130",
    async () => {
      using folder = notesFolder();
      await init(folder);
      const paragraph = (i: number): string =>
        `# Note ${i}\n\n${`Some words about subject ${i} and its kin. `.repeat(12)}\n`;
      for (let i = 0; i < 600; i++) folder.write({ [`many/${i}.md`]: paragraph(i) });
      const child = startAmalfa(["init", "--json"], { cwd: folder.path, env: stallingAfter(300) });
      const cached = (): number => {
        using db = new Database(folder.join(CACHE), { readonly: true });
        return db.query<{ n: number }, []>("SELECT count(*) AS n FROM cache").get()?.n ?? 0;
      };
      const start = cached();
      await until(() => cached() > start || child.exitCode !== null);
      child.kill("SIGINT");
      expect(await child.exited).toBe(130);
      const error = JSON.parse(await new Response(child.stdout).text()) as ErrorDocument;
      expect(error.error.code).toBe("interrupted");
      expect(error.error.hint).toContain("searched by their words");
      using db = new Database(folder.join(GRAPH), { readonly: true });
      expect(db.query("SELECT count(*) FROM nodes").values()).toEqual([[605]]);
      expect(
        db
          .query("SELECT id FROM chunks EXCEPT SELECT chunk FROM vectors EXCEPT SELECT chunk FROM pending")
          .values(),
      ).toEqual([]);
      const kept = cached() - start;
      expect(kept).toBeGreaterThan(0);
      const resumed = await init(folder);
      expect(resumed.document.embedding.hits).toBe(kept);
      expect(resumed.document.documents).toMatchObject({ unchanged: 605, added: 0 });
      using fresh = folder.copy();
      rmSync(fresh.join(GRAPH));
      await init(fresh);
      expect(graphDigest(folder.join(GRAPH))).toBe(graphDigest(fresh.join(GRAPH)));
    },
    TIMEOUT,
  );
});

describe("I8 A cache fault is never the user's problem", () => {
  test(
    "a cache that cannot be opened costs one warning and nothing else",
    async () => {
      using folder = notesFolder();
      folder.write({ [`${CACHE}/in-the-way.txt`]: "a folder where the file should be" });
      const { status, stderr, document } = await init(folder);
      expect(status).toBe(0);
      expect(document.documents).toMatchObject({ added: 5, failed: [] });
      expect(stderr.match(/vector cache/g)).toHaveLength(1);
      const found = await amalfaJson<{ results: { id: string }[] }>(["search", "damp and dark"], {
        cwd: folder.path,
      });
      expect(found.document.results[0]?.id).toBe("soil/worms.md");
    },
    TIMEOUT,
  );
});

describe("I10 stdout is the result", () => {
  test(
    "with warnings, progress and failures provoked, stdout is one JSON document",
    async () => {
      using folder = notesFolder();
      folder.write({
        "amalfa.settings.json":
          '{"embeddings": {"model": "BAAI/bge-small-en-v1.5", "dimensions": 384}, "sonar": {}}',
        [CACHE]: "not a database",
        "bad.md": new Uint8Array([0xe9, 0x0a]),
      });
      const { status, stderr, document } = await init(folder, "--verbose");
      expect(status).toBe(3);
      expect(document.documents.failed).toHaveLength(1);
      expect(stderr).toContain("earlier version");
      expect(stderr).toContain("vector cache");
    },
    TIMEOUT,
  );

  test(
    "every error is one JSON document as well, wrong usage included",
    async () => {
      using folder = notesFolder();
      const cases: [string[], number, string][] = [
        [["search", "x"], 1, "database.missing"],
        [["search"], 2, "usage"],
        [["no-such-command"], 2, "usage"],
        [["init", "--no-such-option"], 2, "usage"],
        [["search", "x", "--limit", "many"], 2, "usage"],
        [["init", "--wait", "-3"], 2, "usage"],
        [["init", "--root", "/no/such/folder"], 2, "root.invalid"],
      ];
      for (const [args, status, code] of cases) {
        const outcome = await amalfaJson<ErrorDocument>(args, { cwd: folder.path });
        expect([args, outcome.status, outcome.document.error.code]).toEqual([args, status, code]);
        expect(outcome.document.ok).toBe(false);
        expect(outcome.stderr).toBe("");
      }
    },
    TIMEOUT,
  );
});

describe("I11 A vanished source does not wipe the memory", () => {
  const refused = async (folder: TempFolder): Promise<string> => {
    const before = graphDigest(folder.join(GRAPH));
    const { status, document } = await amalfaJson<ErrorDocument>(["init"], { cwd: folder.path });
    expect([status, document.error.code]).toEqual([1, "ingest.refused"]);
    expect(document.error.hint).toContain("--allow-empty");
    expect(graphDigest(folder.join(GRAPH))).toBe(before);
    return document.error.message;
  };

  test(
    "a missing source, an emptied one, and the loss of most documents are refused unless allowed",
    async () => {
      using folder = notesFolder();
      folder.write({ "amalfa.settings.json": '{"sources": ["README.md", "plan", "crops", "soil"]}' });
      await init(folder);

      renameSync(folder.join("soil"), folder.join("away"));
      expect(await refused(folder)).toContain('"soil"');
      folder.write({ "soil/other.txt": "the folder is there, its documents are not" });
      expect(await refused(folder)).toContain('"soil" held documents before');

      rmSync(folder.join("amalfa.settings.json"));
      rmSync(folder.join("away"), { recursive: true });
      rmSync(folder.join("plan"), { recursive: true });
      expect(await refused(folder)).toContain("3 of 5 documents");

      const allowed = await init(folder, "--allow-empty");
      expect(allowed.document.documents).toMatchObject({ removed: 3, unchanged: 2 });
      expect(graphQuery(folder, "SELECT id FROM nodes")).toHaveLength(2);
    },
    TIMEOUT,
  );

  test(
    "documents that all moved are not lost",
    async () => {
      using folder = notesFolder();
      await init(folder);
      for (const name of ["plan", "crops", "soil"]) renameSync(folder.join(name), folder.join(`my-${name}`));
      const { status, document } = await init(folder);
      expect(status).toBe(0);
      expect(document.documents).toMatchObject({ added: 4, removed: 4, unchanged: 1 });
      expect(document.embedding.misses).toBe(0);
    },
    TIMEOUT,
  );
});
