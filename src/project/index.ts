/** A project: its root, settings, paths and sources, and the models there are. */
import type { Project } from "./load.ts";

export { ConfigError, type ConfigProblem, listedProblems } from "./config-error.ts";
export { type ConsentInState, loadConsent, type RemoteTrust, type TrustReport } from "./consent/index.ts";
export { walkBudgetMs } from "./environment.ts";
export { belongsTo } from "./file-places.ts";
export { readIgnoreFiles, repositoryTop, treeOf } from "./git/index.ts";
export type { SettingInForce, SettingsInForce } from "./in-force.ts";
export { loadProject, type Project } from "./load.ts";
export type { MigrationPlan } from "./migrate.ts";
export {
  CATALOGUE,
  type CatalogueEntry,
  type CatalogueFile,
  catalogueEntry,
  POOLINGS,
} from "./model-catalogue.ts";
export {
  MODEL_NAME,
  MOST_DIMENSIONS,
  MOST_TOKENS,
  type ModelRecord,
  QUANTISATION,
  RECORD_NAME,
  readModelRecord,
  readModelRecords,
  readRecordIn,
  sharedModels,
} from "./model-records.ts";
export {
  DEFAULT_MODEL_NAME,
  describeModel,
  dimensionsOfId,
  findModel,
  findModelById,
  MODELS,
  type Model,
  type ModelFile,
  type ModelFiles,
  type ModelTraits,
  modelMeant,
  modelOf,
  requireModel,
  traitsOf,
} from "./models.ts";
export { nearestKey, nearestName } from "./near-keys.ts";
export {
  DATA_IGNORE_FILE,
  findProjectRoot,
  makeDataFolder,
  makeFolderOf,
  type ProjectPaths,
  projectPaths,
  SETTINGS_FILES,
  settingsFileIn,
} from "./paths.ts";
export { findPendingNotes, partialName, withPendingNote } from "./pending.ts";
export { planQuarantine, type QuarantineMove, quarantine, setAsideUnused, useOf } from "./quarantine.ts";
export type { RegisteredProject, Registration } from "./registry.ts";
export type { RemoteOrigin, RemoteUse, SigningKey } from "./remote.ts";
export { parseRemoteUrl } from "./remote-url.ts";
export {
  DEFAULT_LOCK_WAIT_SECONDS,
  DEFAULT_SETTINGS,
  DEFAULT_SEVERITIES,
  LOG_LIMIT_BYTES,
  type RemoteSettings,
  type RuleSeverity,
  VALIDATION_RULES,
  type ValidationRule,
} from "./settings.ts";
export { isNeverIngested, isSourceOfCode, parseSource } from "./sources.ts";
export { holdsStateOfItsOwn, isOwn, makeOwnFolder, userStateFolder } from "./state-folder.ts";
export {
  AGE_FORMAT,
  parseAge,
  parseSize,
  SHORTEST_AGE_MS,
  SIZE_FORMAT,
  SMALLEST_CACHE_BYTES,
} from "./units.ts";

/** What the settings are in all, and a current file out of an earlier one. */
export const loadConfigOverview = async () => ({
  ...(await import("./in-force.ts")),
  ...(await import("./migrate.ts")),
});

/** The projects of a user: which there are on this machine, by name. */
export const loadRegistry = () => import("./registry.ts");

/** The remote vector cache as settings and environment name it: whether it is used, and on whose word. */
export const remoteOf = async (project: Project) => (await import("./remote.ts")).remoteOf(project);
