/** Whether the schema of a graph is as this version makes it, and what somebody else has put into it. */
import { type Database, Database as SqliteDatabase } from "bun:sqlite";
import { namesOfObjects, objectsOfOthers, type SchemaObject, schemaObjects } from "../sqlite/index.ts";
import { createSchema } from "./schema.ts";

export interface SchemaFault {
  /** A clause. */
  readonly what: string;
  /** What comes of it, a clause. */
  readonly so: string;
}

/** What of a current graph's tables, indices, views and triggers is not as this version makes it. Reads only. */
export function schemaFault(db: Database): SchemaFault | undefined {
  const wanted = ownObjects();
  const present = wordsByName(schemaObjects(db));
  const missing = [...wanted.keys()].filter((name) => !present.has(name));
  if (missing.length > 0) return { what: `it lacks ${missing.join(", ")}`, so: FAILING };
  const altered = [...wanted].filter(([name, sql]) => present.get(name) !== sql).map(([name]) => name);
  if (altered.length > 0)
    return { what: `${altered.join(", ")} in it is not as amalfa makes it`, so: FAILING };
  const { inTheWay } = objectsOfOthers(db, new Set(wanted.keys()));
  if (inTheWay.length === 0) return undefined;
  return { what: `it has what amalfa did not make: ${namesOfObjects(inTheWay)}`, so: REFUSING };
}

const FAILING = "Commands that need what is missing or altered fail";
const REFUSING = "A unique index refuses what an ingest writes, and a trigger may refuse or change it";

/** Tables and views of somebody else, named; undefined where there are none. They are in nobody's way. */
export function besideGraph(db: Database): string | undefined {
  const { beside } = objectsOfOthers(db, new Set(ownObjects().keys()));
  return beside.length === 0 ? undefined : namesOfObjects(beside);
}

function ownObjects(): Map<string, string> {
  using model = new SqliteDatabase(":memory:");
  createSchema(model);
  return wordsByName(schemaObjects(model));
}

/** By name, what makes it; nothing for the tables of the full-text index, which depend on SQLite's version. */
function wordsByName(objects: readonly SchemaObject[]): Map<string, string> {
  return new Map(
    objects.map(({ name, sql }) => [name, name.startsWith("search_index_") ? "" : sql.replace(/\s+/g, " ")]),
  );
}
