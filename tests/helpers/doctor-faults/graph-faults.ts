/** Faults of what is in the graph, and of its full-text index. */
import { Database } from "bun:sqlite";
import { unlinkSync } from "node:fs";
import { proveEverything } from "../../../src/graph/proof/write.ts";
import { storedChecksum } from "../../../src/graph/write/stored-vectors.ts";
import { writeTransaction } from "../../../src/sqlite/open.ts";
import { alterGraph } from "../doctor.ts";
import {
  damageIndexBlock,
  damageIndexSettings,
  damageIndexSizes,
  GRAPH,
  INDEX_BLOCK,
  SETTINGS,
} from "../project-files.ts";
import { type Fault, faultsOf, writing } from "./fault.ts";

/** Makes a fault by running statements on the graph. */
function altered(...statements: string[]): Fault["make"] {
  return (project) => alterGraph(project, ...statements);
}

/** Makes a fault by changing the bytes of a block of the full-text index. */
function indexDamaged(id: number, change: (block: Uint8Array) => Uint8Array): Fault["make"] {
  return (project) => damageIndexBlock(project.join(GRAPH), id, change);
}

export const GRAPH_FAULTS: readonly Fault[] = [
  ...faultsOf({ check: "graph.rows", status: "error", mended: "amalfa rebuild" }, [
    {
      name: "a table that has lost a row",
      says: /`links` has \d rows, and \d were written/,
      make: altered("DELETE FROM links WHERE node = 'README.md'"),
    },
    {
      name: "rows of meta that are lost",
      says: /The rows of its table `meta` are lost/,
      make: altered("DELETE FROM meta"),
    },
    {
      name: "sign bits of other vectors",
      says: /Pack 0 of the scan index is not what was written/,
      make: altered("UPDATE vector_bits SET bits = zeroblob(length(bits))"),
    },
    {
      name: "a letter of a passage, looked at with --deep",
      says: /Of soil\/compost\.md, its passages are not what was written/,
      args: ["--deep"],
      make: altered("UPDATE chunks SET text = replace(text, 'heap', 'heat')"),
    },
    {
      name: "an edge that the file does not have, proved as if it had been written, looked at with --deep",
      says: /Of README\.md, its edges are not what its file says, which is unchanged/,
      args: ["--deep"],
      make: (project) => {
        using db = new Database(project.join(GRAPH));
        writeTransaction(db, () => {
          db.run("INSERT INTO edges VALUES ('README.md', 'soil/worms.md', 'link')");
          proveEverything(db);
        });
      },
    },
  ]),
  ...faultsOf({ check: "graph.edges", status: "error", mended: "amalfa rebuild" }, [
    {
      name: "an edge without an end",
      says: /README\.md → nowhere\.md has an end that is no document/,
      make: altered("INSERT INTO edges VALUES ('README.md', 'nowhere.md', 'link')"),
    },
    {
      name: "a passage that occurs twice",
      says: /occurs more than once/,
      make: altered(
        "DROP INDEX chunks_by_node",
        "INSERT INTO chunks SELECT 1, node, ordinal, heading, start_line, end_line, text, key FROM chunks LIMIT 1",
      ),
    },
  ]),
  ...faultsOf({ check: "graph.vectors", status: "error", mended: "amalfa rebuild" }, [
    {
      name: "a passage without a vector",
      says: /1 passage has no vector/,
      make: altered("DELETE FROM vectors WHERE chunk = (SELECT min(chunk) FROM vectors)"),
    },
    {
      name: "a vector of the wrong size",
      says: /1 vector is not of 384 dimensions/,
      make: altered(
        "UPDATE vectors SET vector = zeroblob(12) WHERE chunk = (SELECT min(chunk) FROM vectors)",
      ),
    },
    {
      name: "a damaged vector, looked at with --deep",
      says: /1 vector does not match its checksum/,
      args: ["--deep"],
      make: altered(
        "UPDATE vectors SET vector = unhex(substr(hex(vector), 1, 80) || '17' || substr(hex(vector), 83)) WHERE chunk = (SELECT min(chunk) FROM vectors)",
      ),
    },
    {
      name: "vectors that another runtime made, looked at with --deep",
      says: /A passage of .* was embedded again, and its vector differs/,
      args: ["--deep"],
      make: (project) => {
        using db = new Database(project.join(GRAPH));
        const rows = db
          .query("SELECT v.chunk, c.key, v.vector FROM vectors v JOIN chunks c ON c.id = v.chunk")
          .values();
        const [, , last] = rows.at(-1) as [number, string, Uint8Array];
        for (const [chunk, key] of rows as [number, string, Uint8Array][]) {
          db.run("UPDATE vectors SET vector = ?, checksum = ? WHERE chunk = ?", [
            last,
            storedChecksum(key, last),
            chunk,
          ]);
        }
      },
    },
  ]),
  ...faultsOf({ check: "graph.vectors", status: "error", mended: "amalfa init" }, [
    {
      name: "vectors of another model",
      says: /The vectors are from the model another-model/,
      make: altered("UPDATE meta SET value = 'another-model' WHERE key = 'model'"),
    },
  ]),
  ...faultsOf({ check: "graph.drift", status: "warning", mended: "amalfa init" }, [
    {
      name: "files that have changed",
      says: /1 added, 1 changed, 1 removed/,
      make: (project) => {
        project.write({ "new.md": "# New\n", "soil/worms.md": "Worms again, and more of them.\n" });
        unlinkSync(project.join("crops/tomatoes.md"));
      },
    },
  ]),
  ...faultsOf({ check: "graph.drift", status: "warning", mended: undefined }, [
    {
      name: "a new file, and one of the graph, that cannot be ingested",
      says: /^crops\/tomatoes\.md cannot be ingested: is not UTF-8: .*\nnew\.md cannot be ingested: is not UTF-8: [^\n]*$/,
      make: (project) => {
        for (const path of ["new.md", "crops/tomatoes.md"])
          project.write({ [path]: new Uint8Array([0x63, 0x61, 0x66, 0xe9, 0x0a]) });
      },
    },
  ]),
  ...faultsOf({ check: "graph.drift", status: "error", mended: undefined }, [
    {
      name: "a source that is gone, with the documents that the graph has of it",
      says: /removed/,
      make: writing({ [SETTINGS]: '{ "sources": ["nowhere"] }' }),
    },
  ]),
  ...faultsOf({ check: "index.fts", status: "error", mended: "by fix" }, [
    {
      name: "passages that the full-text index lacks",
      says: /full-text index is damaged/,
      make: altered(`INSERT INTO search_index (search_index, rowid, path, title, heading, text)
          SELECT 'delete', id, path, title, heading, text FROM passages LIMIT 2`),
    },
    {
      name: "a full-text index with damaged words",
      says: /full-text index is damaged/,
      make: altered(`INSERT INTO search_index (search_index, rowid, path, title, heading, text)
          SELECT 'delete', id, path, title, heading, 'words that were never there' FROM passages`),
    },
    {
      name: "a full-text index that has lost its entries",
      says: /its list of segments is missing or malformed/,
      make: indexDamaged(INDEX_BLOCK.structure, (block) => new Uint8Array(block.length)),
    },
    {
      name: "a full-text index whose totals are cut short",
      says: /its totals are missing or malformed/,
      make: indexDamaged(INDEX_BLOCK.totals, (block) => block.with(-1, 0xff)),
    },
    {
      name: "a full-text index with the totals of another",
      says: /its totals are not those of its passages/,
      make: indexDamaged(INDEX_BLOCK.totals, (block) => block.with(0, 1)),
    },
    {
      name: "a full-text index with sizes that are none",
      says: /the sizes of passage \d+ are malformed/,
      make: (project) => damageIndexSizes(project.join(GRAPH)),
    },
  ]),
  ...faultsOf({ check: "index.fts", status: "error", mended: "amalfa rebuild" }, [
    {
      name: "a full-text index that cannot be opened",
      says: /full-text index is damaged: invalid fts5 file format/,
      make: (project) => damageIndexSettings(project.join(GRAPH)),
    },
    {
      name: "a full-text index of other words, looked at with --deep",
      says: /full-text index is damaged/,
      args: ["--deep"],
      make: altered("UPDATE chunks SET text = 'entirely other words'"),
    },
  ]),
];
