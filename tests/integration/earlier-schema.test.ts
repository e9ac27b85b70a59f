/** I16: no graph is refused for its age. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { SCHEMA_VERSION } from "../../src/graph/schema.ts";
import { fingerprintOf } from "../../src/ingest/chunking/embed-text.ts";
import { amalfa, amalfaJson, type ErrorDocument, type IngestDocument, init } from "../helpers/amalfa.ts";
import { EARLIER_VERSIONS, plainNotes, projectOfSchema } from "../helpers/earlier-graphs.ts";
import { MODEL } from "../helpers/embedding.ts";
import { graphDigest } from "../helpers/graph-rows.ts";
import { McpClient } from "../helpers/mcp.ts";
import { CACHE, GRAPH } from "../helpers/project-files.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";

const digest = (path: string) => new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");

interface Found {
  readonly results: readonly { readonly id: string; readonly cosine: number | null }[];
}

test("I16 there is a graph of every schema that was published before this one", () => {
  const published = Array.from({ length: SCHEMA_VERSION - 2 }, (_, place) => place + 2);
  expect([...EARLIER_VERSIONS].sort((a, b) => a - b)).toEqual(published);
});

/** What the notes come to where there was no graph before. */
const madeAnew = (async () => {
  using fresh = plainNotes();
  await init(fresh);
  return graphDigest(fresh.join(GRAPH));
})();

describe.each([...EARLIER_VERSIONS])("I16 a graph of schema %i", (version) => {
  test("is searched, read and explored as it is", async () => {
    using folder = projectOfSchema(version);
    const at = { cwd: folder.path };
    const before = digest(folder.join(GRAPH));
    const lexical = await amalfaJson<Found>(["search", "--mode", "lexical", "harvest"], at);
    expect(lexical.document.results.map(({ id }) => id)).toEqual(["plan/season.md"]);
    const hybrid = await amalfaJson<Found>(["search", "what kills weeds"], at);
    expect(hybrid.document.results[0]?.cosine).toBeGreaterThan(0);
    expect((await amalfa(["read", "compost.md"], at)).stdout).toContain("A heap of a cubic metre");
    const links = await amalfaJson<{ outgoing: { id: string }[] }>(["explore", "year"], at);
    expect(links.document.outgoing.map(({ id }) => id)).toEqual(["soil/compost.md"]);
    const stats = await amalfaJson<{ nodes: number }>(["stats"], at);
    expect(stats.document.nodes).toBe(3);
    {
      await using client = await McpClient.connect(folder.path);
      const found = await client.call("search_documents", { query: "harvest", mode: "lexical" });
      expect(found.body.results).toMatchObject([{ id: "plan/season.md" }]);
      expect((await client.call("find_gaps", {})).isError).toBe(false);
      const listed = await client.call("list_directory_structure", {});
      expect(listed.body.documents).toBe(3);
    }
    expect(digest(folder.join(GRAPH))).toBe(before);
  });

  test("is asked by path and tag", async () => {
    using folder = projectOfSchema(version);
    const at = { cwd: folder.path };
    const asked = async (...filter: string[]): Promise<string[]> => {
      const args = ["search", "--no-refresh", "--mode", "lexical", ...filter, "harvest seeds"];
      return (await amalfaJson<Found>(args, at)).document.results.map(({ id }) => id);
    };
    expect(await asked("--path", "plan")).toEqual(["plan/season.md"]);
    expect(await asked("--tag", "plan")).toEqual(["plan/season.md"]);
    expect(await asked("--tag", "none")).toEqual([]);
  });

  test.each(["init", "rebuild"])(
    "is brought over by %s without inference, as if made anew",
    async (command) => {
      using folder = projectOfSchema(version);
      const { document } = await amalfaJson<IngestDocument & { quarantined?: string[] }>([command], {
        cwd: folder.path,
      });
      expect(document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
      expect(document.quarantined ?? []).toEqual([]);
      expect(existsSync(folder.join(CACHE))).toBe(true);
      expect(graphDigest(folder.join(GRAPH))).toBe(await madeAnew);
      const again = await init(folder);
      expect(again.document.documents).toMatchObject({ unchanged: 3, added: 0, changed: 0 });
    },
  );

  const unreadable = { "plan/season.md": Uint8Array.of(0xff, 0xfe, 0x00) };
  const found = async (folder: TempFolder, word: string): Promise<string[]> => {
    const args = ["search", "--no-refresh", "--mode", "lexical", word];
    return (await amalfaJson<Found>(args, { cwd: folder.path })).document.results.map(({ id }) => id);
  };

  test("keeps what it has of documents that cannot be read, where documents are cut as they were", async () => {
    using folder = projectOfSchema(version);
    {
      using db = new Database(folder.join(GRAPH));
      db.run("UPDATE meta SET value = ? WHERE key = 'fingerprint'", [fingerprintOf(MODEL.id)]);
    }
    folder.write(unreadable);
    const { document, status } = await init(folder);
    expect(status).toBe(3);
    expect(document.graph.nodes).toBe(3);
    expect(await found(folder, "heap")).toEqual(["soil/compost.md"]);
  });

  test("stays as it is and searchable where they are cut otherwise and one cannot be read", async () => {
    using folder = projectOfSchema(version);
    {
      using db = new Database(folder.join(GRAPH));
      db.run("UPDATE meta SET value = 'cut otherwise' WHERE key = 'fingerprint'");
    }
    folder.write(unreadable);
    const { document } = await amalfaJson<ErrorDocument>(["init"], { cwd: folder.path });
    expect(document.error.code).toBe("ingest.refused");
    expect(await found(folder, "heap")).toEqual(["soil/compost.md"]);
  });
});

describe("I16 a graph of the earliest schema", () => {
  const FILTERS = [
    ["--type", "note"],
    ["--since", "2024-01"],
    ["--until", "2024-12-31"],
    ["--lang", "en"],
    ["--where", "status=draft"],
  ];

  test("says of each filter that it cannot be asked, and answers after an init", async () => {
    using folder = projectOfSchema(2);
    const asked = (filter: readonly string[]) =>
      amalfaJson<ErrorDocument>(["search", "--no-refresh", "--mode", "lexical", ...filter, "harvest"], {
        cwd: folder.path,
      });
    for (const filter of FILTERS) {
      const error = { code: "graph.earlier", hint: expect.stringContaining("`amalfa init`") };
      expect({ filter, ...(await asked(filter)) }).toMatchObject({ filter, status: 1, document: { error } });
    }
    await init(folder);
    for (const filter of FILTERS)
      expect({ filter, ...(await asked(filter)) }).toMatchObject({ filter, status: 0 });
  });

  test("says so over MCP as well", async () => {
    using folder = projectOfSchema(2);
    await using client = await McpClient.connect(folder.path);
    const asked = await client.call("search_documents", { query: "harvest", type: "note" });
    expect(asked.isError).toBe(true);
    expect(JSON.stringify(asked)).toContain("earlier schema");
  });
});

test("I16 a graph of a newer schema is named and left alone", async () => {
  using folder = plainNotes();
  await init(folder);
  const db = new Database(folder.join(GRAPH));
  db.run(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  const before = digest(folder.join(GRAPH));
  for (const command of [["init"], ["search", "harvest"], ["stats"]]) {
    const { document, status } = await amalfaJson<ErrorDocument>(command, { cwd: folder.path });
    expect(status).toBe(1);
    expect(document.error.code).toBe("database.newer");
    expect(document.error.message).toContain(`schema ${SCHEMA_VERSION + 1}`);
  }
  expect(digest(folder.join(GRAPH))).toBe(before);
});
