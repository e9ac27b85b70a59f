/** What a database has in its schema beside what amalfa makes: some program or person may have put it there. */
import type { Database } from "bun:sqlite";

export interface SchemaObject {
  readonly type: "table" | "index" | "view" | "trigger";
  readonly name: string;
  /** The table that it belongs to, or its own name. */
  readonly table: string;
  /** What makes it; empty for what a table makes by itself. */
  readonly sql: string;
}

export interface OthersObjects {
  /** Triggers, and indexes of our tables: a unique one refuses rows, and a trigger may change them. */
  readonly inTheWay: readonly SchemaObject[];
  /** Tables and views, and indexes of such tables: nothing of ours reads or changes them. */
  readonly beside: readonly SchemaObject[];
}

/** Without what SQLite makes by itself, whose text depends on its version. */
export function schemaObjects(db: Database): SchemaObject[] {
  const rows = db
    .query(
      `SELECT type, name, tbl_name, coalesce(sql, '') FROM main.sqlite_schema
       WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name`,
    )
    .values() as [SchemaObject["type"], string, string, string][];
  return rows.map(([type, name, table, sql]) => ({ type, name, table, sql }));
}

/** @param own names of what we make */
export function objectsOfOthers(db: Database, own: ReadonlySet<string>): OthersObjects {
  const others = schemaObjects(db).filter(({ name }) => !own.has(name));
  // The table of an index or a trigger may be written in other letters than its own.
  const isOurs = ({ table }: SchemaObject): boolean => own.has(table) || own.has(table.toLowerCase());
  const isInTheWay = (each: SchemaObject): boolean =>
    each.type === "trigger" || (each.type === "index" && isOurs(each));
  return {
    inTheWay: others.filter(isInTheWay),
    beside: others.filter((each) => !isInTheWay(each)),
  };
}

const MOST_NAMED = 5;

/** The first few by name: `index "u" on nodes, table "theirs" and 3 more`. */
export function namesOfObjects(objects: readonly SchemaObject[]): string {
  const names = objects
    .slice(0, MOST_NAMED)
    .map(({ type, name, table }) => `${type} "${name}"${table === name ? "" : ` on ${table}`}`);
  const more = objects.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
