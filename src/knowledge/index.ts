/** The read side of the graph, for command line and MCP alike. Each question is loaded when it is asked. */
export {
  type EvaluationReport,
  type EvaluationRequest,
  type JudgedGraph,
  loadEvaluation,
  METRICS,
  type MetricName,
  type Minimum,
  readMinimum,
} from "./evaluation/index.ts";
export type { ExploreReport } from "./explore-links.ts";
export type { GapsReport } from "./find-gaps.ts";
export type { Checked, Found, FreshGraph, GuardOptions, Turn, Walks } from "./freshness/index.ts";
export type { GraphReader, GraphStamp } from "./graph-reader.ts";
export {
  DEFAULT_GAPS_LIMIT,
  DEFAULT_GAPS_THRESHOLD,
  DEFAULT_SEARCH_LIMIT,
  MAX_GAPS_LIMIT,
  MAX_SEARCH_LIMIT,
  SEARCH_MODES,
} from "./limits.ts";
export type { SourcesReport } from "./list-sources.ts";
export type { TagsReport } from "./list-tags.ts";
export { noLinksLine } from "./no-links.ts";
export type { PrimeReport } from "./prime.ts";
export type { DocumentText } from "./read-document.ts";
export type { ChangedDocument, RecentChanges } from "./recent-changes.ts";
export type { SearchDocumentsReport } from "./search-documents.ts";
export type { StatsReport } from "./stats.ts";
export type { CountTokens } from "./tokens.ts";
export { noDocument, type Told, toldLine, toldState } from "./told.ts";

/** Loads the gate for links and front matter, and the markdown parser with it. */
export const loadValidation = () => import("./validate.ts");

/** Loads what compares answers with the files, and the walk of the sources with it. */
export const loadGuard = async () => (await import("./freshness/index.ts")).loadGuard();

/** Loads what tells whether an answer still holds, and for whom. */
export const loadHolding = async () => {
  const [{ cameAt }, stamps, { templateFolders }] = await Promise.all([
    import("./freshness/index.ts"),
    import("./graph-reader.ts"),
    import("./templates.ts"),
  ]);
  return { cameAt, ...stamps, templateFolders };
};

export const loadExplore = () => import("./explore-links.ts");
export const loadGaps = () => import("./find-gaps.ts");
export const loadGraphReader = () => import("./graph-reader.ts");
export const loadTagging = () => import("./inject-tags.ts");
export const loadValuesByBeginning = () => import("./values-by-beginning.ts");
export const loadAcrossProjects = () => import("./across-projects.ts");
export const loadDirectory = () => import("./list-directory.ts");
export const loadSources = () => import("./list-sources.ts");
export const loadReading = () => import("./read-document.ts");
export const loadReadingMany = () => import("./read-documents.ts");
export const loadSearch = () => import("./search-documents.ts");
export const loadPrime = () => import("./prime.ts");
export const loadRecentChanges = () => import("./recent-changes.ts");
export const loadTags = () => import("./list-tags.ts");
export const loadTokens = () => import("./tokens.ts");
export const loadWriting = () => import("./write-note.ts");
export const loadStats = () => import("./stats.ts");
