/** Faults of the vector cache. */
import { Database } from "bun:sqlite";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { alterCache } from "../embedding.ts";
import { interruptWrite } from "../interrupted-write.ts";
import { CACHE, removeLog, SETTINGS } from "../project-files.ts";
import { type Fault, faultsOf, writing } from "./fault.ts";

/** Makes a fault by running statements on the vector cache. */
function altered(...statements: string[]): Fault["make"] {
  return (project) => alterCache(project.join(CACHE), ...statements);
}

/** The index of the keys has one that no row has, and the row is as it was. */
export function damageIndex(path: string): void {
  alterCache(path, "PRAGMA wal_checkpoint(TRUNCATE)");
  removeLog(path);
  using db = new Database(path, { readonly: true });
  const [[key = ""] = []] = db.query("SELECT key FROM cache LIMIT 1").values() as [string][];
  db.close();
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) {
    // Pages of an index begin with a 10, those of a table with a 13.
    if (bytes[at - (at % PAGE_BYTES)] === 10) bytes.write("f0", at);
  }
  writeFileSync(path, bytes);
}

const PAGE_BYTES = 4096;

export const CACHE_FAULTS: readonly Fault[] = [
  ...faultsOf({ check: "cache.open", status: "warning", mended: "by fix" }, [
    {
      name: "a vector cache of random bytes",
      says: /damaged, or is no vector cache/,
      make: writing({ [CACHE]: crypto.getRandomValues(new Uint8Array(20_000)) }),
    },
    {
      name: "a folder in the place of the vector cache",
      says: /it is a folder/,
      make: (project) => {
        rmSync(project.join(CACHE));
        project.write({ [`${CACHE}/file`]: "in a folder" });
      },
    },
    {
      name: "a vector cache with a write that was interrupted",
      says: /holds a write that was interrupted/,
      make: (project) => interruptWrite(project.join(CACHE), "DELETE FROM cache"),
    },
    {
      name: "a vector cache with a trigger",
      says: /cannot be the vector cache: it has triggers that amalfa did not make/,
      make: altered("CREATE TRIGGER t BEFORE INSERT ON cache BEGIN SELECT raise(IGNORE); END"),
    },
    {
      name: "a vector cache whose column has another name",
      says: /cannot be the vector cache: it is a database of something else/,
      make: altered("ALTER TABLE cache RENAME COLUMN vector TO vec"),
    },
    {
      name: "a vector cache with an index that has not what its table has",
      says: /An index of the vector cache \S+ is damaged/,
      make: (project) => damageIndex(project.join(CACHE)),
    },
  ]),
  ...faultsOf({ check: "cache.open", status: "warning", mended: undefined }, [
    ...[
      "/dev/null/folder/x.sqlite",
      ...(process.platform === "linux" ? ["/proc/x.sqlite", "/proc/folder/x.sqlite"] : []),
    ].map((path) => ({
      name: `a vector cache at ${path}, where none can be made`,
      says: /cannot be made: (?:\/dev\/null is not a folder|nothing can be created in \/proc)/,
      make: writing({ [SETTINGS]: JSON.stringify({ cache: { path } }) }),
    })),
    {
      name: "a vector cache of a newer version",
      says: /newer version/,
      make: altered("PRAGMA user_version = 999"),
    },
  ]),
  ...faultsOf({ check: "cache.rows", status: "warning", mended: "by fix" }, [
    {
      name: "malformed rows in the vector cache",
      says: /2 rows of the vector cache are malformed/,
      make: altered(
        "UPDATE cache SET vector = zeroblob(12) WHERE key = (SELECT min(key) FROM cache)",
        "UPDATE cache SET checksum = 1 WHERE key = (SELECT max(key) FROM cache)",
      ),
    },
    {
      name: "a row of the vector cache that names a model with longer vectors",
      says: /1 row of the vector cache names a model whose vectors are longer or shorter than its own/,
      make: altered(
        "UPDATE cache SET model = replace(model, ':384d:', ':768d:') WHERE key = (SELECT min(key) FROM cache)",
      ),
    },
  ]),
  ...faultsOf({ check: "cache.size", status: "warning", mended: "by fix" }, [
    {
      name: "a vector cache over its cap",
      says: /uses 2.* MiB of 1 MiB/,
      make: (project) => {
        project.write({ [SETTINGS]: '{ "cache": { "maxBytes": "1 MiB" } }' });
        alterCache(
          project.join(CACHE),
          `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
          INSERT INTO cache SELECT printf('%064x', i), randomblob(1536), i, 'old', 1 FROM n`,
        );
      },
    },
  ]),
];
