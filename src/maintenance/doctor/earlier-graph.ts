/**
 * What a graph of amalfa 1.4 or 1.5 is missing, beside the files as they are now: documents that share an id, documents
 * that are gone, edges to nowhere, and vectors of which nobody can tell the model.
 */
import type { Database } from "bun:sqlite";
import { type EarlierGraph, earlierIds, readEarlierGraph } from "../../graph/index.ts";
import { clauseOf } from "../../system/index.ts";
import { counted, type Finding } from "./check.ts";

/** How many ids and documents a sentence names. */
const NAMED = 3;

const IN_RUNTIME = /[/\\]\.amalfa[/\\]runtime[/\\][^/\\]+$/;

export interface EarlierDatabase {
  /** Such as "amalfa 1.4". */
  readonly maker: string;
  readonly findings: readonly Finding[];
}

/**
 * @param path of the database
 * @param documents ids of the documents that there are now; undefined where they cannot be looked for
 */
export function examineEarlierDatabase(
  db: Database,
  path: string,
  documents: readonly string[] | undefined,
): EarlierDatabase {
  let graph: EarlierGraph;
  try {
    graph = readEarlierGraph(db);
  } catch (error) {
    const reason = `What it holds cannot be told: ${clauseOf(error)}.`;
    return { maker: UNTOLD, findings: [finding(path, `${path} is not as 1.4 and 1.5 left it.`, reason)] };
  }
  const named = whoIsNamed(graph, documents ?? []);
  const version = IN_RUNTIME.test(path) ? "1.5" : versionOf(named);
  const findings = [
    ...(documents === undefined ? [] : againstFiles(path, graph, documents, named[version ?? "1.5"])),
    ...edgesToNowhere(path, graph),
    ...vectorsOfNobody(path, graph),
  ];
  return { maker: version === undefined ? UNTOLD : `amalfa ${version}`, findings };
}

const UNTOLD = "an earlier version of amalfa";

type Version = "1.4" | "1.5";

/** The documents that each node stands for, if the ids are those of a version. */
type Named = Readonly<Record<Version, ReadonlyMap<string, readonly string[]>>>;

function whoIsNamed({ nodes }: EarlierGraph, documents: readonly string[]): Named {
  const known = new Set(nodes.map((id) => id.toLowerCase()));
  const named = { "1.4": new Map<string, string[]>(), "1.5": new Map<string, string[]>() };
  const note = (found: Map<string, string[]>, ids: ReadonlySet<string>, document: string): void => {
    for (const id of ids) if (known.has(id)) found.set(id, [...(found.get(id) ?? []), document]);
  };
  for (const document of documents) {
    const { byName, byPath } = earlierIds(document);
    note(named["1.4"], byName, document);
    note(named["1.5"], byPath, document);
  }
  return named;
}

/** Documents in folders tell: at the top both versions have the same ids. */
function versionOf(named: Named): Version | undefined {
  const only = (one: Version, other: Version): number =>
    [...named[one].keys()].filter((id) => !named[other].has(id)).length;
  const difference = only("1.4", "1.5") - only("1.5", "1.4");
  return difference > 0 ? "1.4" : difference < 0 ? "1.5" : undefined;
}

function againstFiles(
  path: string,
  { nodes }: EarlierGraph,
  documents: readonly string[],
  named: ReadonlyMap<string, readonly string[]>,
): Finding[] {
  const shared = [...named].filter(([, sharing]) => sharing.length > 1);
  const gone = nodes.filter((id) => !named.has(id.toLowerCase()));
  const present = new Set([...named.values()].flat());
  const absent = documents.filter((id) => !present.has(id));
  return [
    ...(shared.length === 0
      ? []
      : [
          finding(
            path,
            `${new Set(shared.flatMap(([, sharing]) => sharing)).size} documents share ` +
              `${counted(shared.length, "1 id", "ids")} in it: ${examples(shared.map(describeShared))}.`,
            "It kept one document of each, and nothing could find the others.",
          ),
        ]),
    ...(gone.length === 0
      ? []
      : [
          finding(
            path,
            counted(
              gone.length,
              `1 node in it belongs to no document of today: ${examples(gone)}.`,
              `nodes in it belong to no document of today: ${examples(gone)}.`,
            ),
            "It kept files that were deleted, renamed or excluded, and searches still found them.",
          ),
        ]),
    ...(absent.length === 0
      ? []
      : [
          finding(
            path,
            counted(
              absent.length,
              `1 document is not in it: ${examples(absent)}.`,
              `documents are not in it: ${examples(absent)}.`,
            ),
            "It was never ingested, or was written after the last ingest.",
          ),
        ]),
  ];
}

function describeShared([id, sharing]: readonly [string, readonly string[]]): string {
  return `${id} (${examples(sharing)})`;
}

function edgesToNowhere(path: string, { edges, dangling }: EarlierGraph): Finding[] {
  if (dangling === 0) return [];
  const message = `Edges in it that lead to or from no node: ${dangling} of ${edges}.`;
  return [finding(path, message, "Links between these documents could not be followed.")];
}

function vectorsOfNobody(path: string, { vectors, malformed }: EarlierGraph): Finding[] {
  if (vectors === 0) return [];
  const odd = malformed === 0 ? "" : `, and ${malformed} of them do not have the size of a vector`;
  const message = `${counted(vectors, "1 vector in it does", "vectors in it do")} not say which model made them${odd}.`;
  return [
    finding(
      path,
      message,
      "Vectors of two models cannot be compared, so these are left behind. Passages get new ones once.",
    ),
  ];
}

function examples(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(", ");
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}

function finding(subject: string, message: string, why: string): Finding {
  return { severity: "warning", message, why, subject, commands: ["amalfa rebuild"] };
}
