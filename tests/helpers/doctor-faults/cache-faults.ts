/** Faults of the vector cache. */
import { rmSync } from "node:fs";
import { alterCache } from "../embedding.ts";
import { CACHE, SETTINGS } from "../project-files.ts";
import { type Fault, faultsOf, writing } from "./fault.ts";

/** Makes a fault by running statements on the vector cache. */
function altered(...statements: string[]): Fault["make"] {
  return (project) => alterCache(project.join(CACHE), ...statements);
}

export const CACHE_FAULTS: readonly Fault[] = [
  ...faultsOf({ check: "cache.open", status: "warning", mended: "by fix" }, [
    {
      name: "a vector cache of random bytes",
      says: /damaged or no vector cache/,
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
      name: "a vector cache with a trigger",
      says: /cannot be the vector cache: it has triggers that amalfa did not make/,
      make: altered("CREATE TRIGGER t BEFORE INSERT ON cache BEGIN SELECT raise(IGNORE); END"),
    },
    {
      name: "a vector cache whose column has another name",
      says: /cannot be the vector cache: it is a database of something else/,
      make: altered("ALTER TABLE cache RENAME COLUMN vector TO vec"),
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
