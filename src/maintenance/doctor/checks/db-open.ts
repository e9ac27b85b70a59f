/** `db.open`: the database opens, is SQLite, is not empty, and holds a graph of this version. */
import type { Database } from "bun:sqlite";
import { dirname } from "node:path";
import { besideGraph, SCHEMA_VERSION, schemaFault } from "../../../graph/index.ts";
import type { ProjectPaths } from "../../../project/index.ts";
import { realPlace, shortageIn } from "../../../system/files/index.ts";
import { type Check, type CheckOutcome, type Finding, healthy, outcomeOf } from "../check.ts";
import type { CheckContext, FileTrouble, GraphAccess } from "../context.ts";
import { brokenLinkAt } from "../creatable.ts";

export const dbOpen: Check = {
  id: "db.open",
  async run(context): Promise<CheckOutcome> {
    const { paths } = context.project;
    const path = paths.database;
    const graph = context.graph();
    const finding =
      linkFinding(path, graph) ?? (await nobodysFinding(paths, graph)) ?? findingOf(path, graph);
    if (finding === undefined) return healthy(soundGraph(path, graph));
    const isEarlier = graph.kind === "open" && graph.schema.kind === "legacy";
    return outcomeOf(isEarlier ? await earlierFindings(context, graph.db) : [finding], "");
  },
};

function soundGraph(path: string, graph: GraphAccess): string {
  const beside = graph.kind === "open" ? besideGraph(graph.db) : undefined;
  const others = beside === undefined ? "" : `; ${beside} in it is not amalfa's, and is in nobody's way`;
  return `${path} is a graph of schema ${SCHEMA_VERSION}${others}`;
}

const INIT = ["amalfa init"];
const REBUILD = ["amalfa rebuild"];
const REBUILT = "`amalfa rebuild` moves the file to quarantine and builds the graph again from the markdown";

/**
 * What is said of a file that no command moves. Its owner is asked for only where it is no graph: that takes another
 * look at the file, which waits as long as a command does where somebody keeps it locked.
 */
async function nobodysFinding(paths: ProjectPaths, graph: GraphAccess): Promise<Finding | undefined> {
  const reason = whyNoGraph(graph);
  if (reason === undefined) return undefined;
  const { databasePlace, mayBeMoved, ownerOf } = await import("../../rebuild/index.ts");
  const owner = ownerOf(paths.database);
  if (mayBeMoved({ place: databasePlace(paths), owner })) return undefined;
  return wrongSetting(paths.database, owner === "vector cache" ? "it is a vector cache" : reason);
}

/**
 * Why what lies there is no graph, as far as one can tell, so that a rebuild would have to move it away; undefined
 * where it is one.
 */
function whyNoGraph(graph: GraphAccess): string | undefined {
  if (graph.kind === "open")
    return graph.schema.kind === "foreign" ? "it is a database of another program" : undefined;
  const known =
    graph.kind === "trouble" && ["not a file", "not a database", "damaged"].includes(graph.trouble);
  return known ? graph.reason : undefined;
}

function findingAbout(path: string, severity: Finding["severity"] = "error") {
  return (message: string, why: string, commands: readonly string[]): Finding => ({
    severity,
    message,
    why,
    subject: path,
    commands,
  });
}

/** A link that no file can be opened or made through: an ingest would only fail. */
function linkFinding(path: string, graph: GraphAccess): Finding | undefined {
  const isUsable = graph.kind === "open" || graph.kind === "no bytes";
  const reason = isUsable ? undefined : brokenLinkAt(path);
  if (reason === undefined) return undefined;
  return findingAbout(path)(
    `${path} cannot be opened: ${reason}.`,
    "Mend the link, or remove it: `amalfa init` then builds the graph from the markdown.",
    [],
  );
}

function wrongSetting(path: string, reason: string): Finding {
  return findingAbout(path)(
    `${path}, where the \`database\` setting leads, is no graph of amalfa's: ${reason}.`,
    "It may belong to another program, so no command moves it. " +
      "Correct the `database` setting, or move that file away yourself.",
    [],
  );
}

function findingOf(path: string, graph: GraphAccess): Finding | undefined {
  switch (graph.kind) {
    case "missing":
      return findingAbout(path, "warning")(
        `There is no graph at ${path} yet.`,
        "Nothing can be found before the first ingest.",
        INIT,
      );
    case "no bytes":
      return findingAbout(path)(
        `${path} is empty: it has no bytes at all.`,
        "A crash or a full disk left it so; the next ingest fills it from the markdown.",
        INIT,
      );
    case "trouble":
      return troubleFinding(path, graph.trouble, graph.reason);
    case "open":
      return schemaFinding(path, graph);
  }
}

function troubleFinding(path: string, trouble: FileTrouble, reason: string): Finding {
  const about = findingAbout(path);
  switch (trouble) {
    case "not a file":
      return about(
        `${path} is not a database: ${reason}.`,
        "Every command fails until it is out of the way; rebuild moves it to quarantine.",
        REBUILD,
      );
    case "obstructed":
      return about(
        `${path} is not opened: ${reason}.`,
        "SQLite opens whatever has that name, and would wait for ever or fail. " +
          "As far as one can tell the graph itself is not damaged.",
        ["amalfa doctor --fix --check layout.access"],
      );
    case "no access":
      return about(
        `${path} cannot be opened: ${reason}.`,
        shortageIn(dirname(realPlace(path))) === undefined
          ? "The permissions of the file or of its folder keep amalfa out. As far as one can tell it is not damaged."
          : "Nothing more can be written where it lies. As far as one can tell it is not damaged.",
        ["amalfa doctor --check layout.access"],
      );
    case "locked":
      return about(
        `${path} is locked by another process: ${reason}.`,
        "Not even reading is possible while it holds the lock; db.lock names the process where the system tells.",
        ["amalfa doctor --check db.lock"],
      );
    case "not a database":
      return about(
        `${path} is not a SQLite database, or is encrypted: ${reason}.`,
        `No command can read it; ${REBUILT}.`,
        REBUILD,
      );
    case "damaged":
      return about(`${path} is damaged: ${reason}.`, `Results would be wrong or fail; ${REBUILT}.`, REBUILD);
    case "interrupted write":
      return about(
        `${path} holds a write that was interrupted: ${reason}.`,
        "The next command that writes undoes it. Until then nothing can read the graph.",
        INIT,
      );
    case "unusable":
      return about(
        `${path} cannot be used: ${reason}.`,
        "Every command that needs the graph fails.",
        REBUILD,
      );
  }
}

function schemaFinding(path: string, graph: Extract<GraphAccess, { kind: "open" }>): Finding | undefined {
  const about = findingAbout(path);
  const { schema } = graph;
  switch (schema.kind) {
    case "current":
      return incomplete(path, graph);
    case "empty":
      return findingAbout(path, "warning")(
        `${path} is a database without tables.`,
        "Nothing can be found before the first ingest.",
        INIT,
      );
    case "newer":
      return about(
        `${path} was made by a newer version of amalfa (schema ${schema.version}, this one knows ${SCHEMA_VERSION}).`,
        "This version would misread it. Upgrade amalfa; to stay with this version, rebuild.",
        REBUILD,
      );
    case "older":
      if (schema.isReadable) return earlierSchema(path, schema.version);
      return madeEarlier(path);
    case "legacy":
      return madeEarlier(path);
    case "foreign":
      return about(
        `${path} is a database of another program.`,
        `No command can use it; ${REBUILT}.`,
        REBUILD,
      );
  }
}

/** Whose it is, and what it misses beside the files. */
async function earlierFindings(context: CheckContext, db: Database): Promise<Finding[]> {
  const path = context.project.paths.database;
  const { examineEarlierDatabase } = await import("../earlier-graph.ts");
  const { maker, findings } = examineEarlierDatabase(db, path, await documentsNow(context));
  return [madeEarlier(path, maker), ...findings];
}

/** Undefined where the sources cannot be looked at, which other checks say. */
async function documentsNow(context: CheckContext): Promise<string[] | undefined> {
  if (!context.settingsUsable) return undefined;
  try {
    return (await context.discovery()).files.map(({ id }) => id);
  } catch {
    return undefined;
  }
}

function madeEarlier(path: string, maker = "an earlier version of amalfa"): Finding {
  return findingAbout(path)(
    `${path} was made by ${maker}.`,
    `This version does not read it; ${REBUILT}.`,
    REBUILD,
  );
}

function earlierSchema(path: string, version: number): Finding {
  return findingAbout(path, "warning")(
    `${path} is a graph of schema ${version}, and this version writes schema ${SCHEMA_VERSION}.`,
    "It is searched as it is. The next ingest brings it over in one transaction, and takes its vectors along.",
    INIT,
  );
}

function incomplete(path: string, graph: Extract<GraphAccess, { kind: "open" }>): Finding | undefined {
  const fault = schemaFault(graph.db);
  if (fault !== undefined) {
    return findingAbout(path)(
      `${path} is not as amalfa makes it: ${fault.what}.`,
      `${fault.so}; ${REBUILT}.`,
      REBUILD,
    );
  }
  if (graph.view === "complete") return undefined;
  return findingAbout(path, "warning")(
    `${path} can be read, but not shared or written, because nothing can be created beside it.`,
    "SQLite needs files beside it to write, and to let several processes read while one writes.",
    ["amalfa doctor --check layout.access"],
  );
}
