/**
 * The project as the doctor sees it: settings that cannot be used are something to report, not to stop at.
 *
 * A settings file that is a program may do anything, never end included, so that it is run in a process that can be
 * ended.
 */
import { lstatSync, statSync } from "node:fs";
import { extname } from "node:path";
import {
  ConfigError,
  DEFAULT_SETTINGS,
  listedProblems,
  loadProject,
  MODELS,
  type Project,
  projectPaths,
  settingsFileIn,
} from "../../project/index.ts";
import { AmalfaError, messageOf } from "../../system/index.ts";
import type { SettingsProblem } from "./context.ts";

export interface LoadedSettings {
  /** With default settings where the file cannot be used. */
  readonly project: Project;
  /** Empty when the settings are valid. */
  readonly problems: readonly SettingsProblem[];
}

/** Whether reading the settings means running a program. */
export function settingsAreProgram(root: string): boolean {
  const file = settingsFileIn(root);
  return file !== undefined && extname(file) !== ".json";
}

/** @param root absolute path of the project root. Never throws. */
export async function loadSettings(root: string): Promise<LoadedSettings> {
  try {
    const problem = obstacle(root);
    if (problem !== undefined) return withoutSettings(root, [{ key: "", message: problem }]);
    return { project: await loadProject({ root, cwd: root, models: MODELS }), problems: [] };
  } catch (error) {
    if (error instanceof AmalfaError && error.code === "config.untrusted") {
      return withoutSettings(root, [{ key: "", message: error.message, commands: ["amalfa trust"] }]);
    }
    if (!(error instanceof ConfigError))
      return withoutSettings(root, [{ key: "", message: messageOf(error) }]);
    const problems = listedProblems(error.problems);
    const project = await withoutModel(root);
    return project === undefined ? withoutSettings(root, problems) : { project, problems };
  }
}

/** Where the model is all that is wrong, everything else is where the settings say. */
async function withoutModel(root: string): Promise<Project | undefined> {
  try {
    return await loadProject({ root, cwd: root });
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** The same, where no remote vector cache is to be asked. */
export function withoutRemote({ project, problems }: LoadedSettings): LoadedSettings {
  return { project: { ...project, remoteCache: "off" }, problems };
}

/** Default settings, because those of the project cannot be used. */
export function withoutSettings(root: string, problems: readonly SettingsProblem[]): LoadedSettings {
  const project: Project = {
    root,
    settings: DEFAULT_SETTINGS,
    settingsFile: settingsFileIn(root),
    paths: projectPaths(root),
    warnings: [],
  };
  return { project, problems };
}

/** Reading a pipe would wait for ever. */
function obstacle(root: string): string | undefined {
  const file = settingsFileIn(root);
  if (file === undefined) return undefined;
  if (lstatSync(file).isSymbolicLink() && statSync(file, { throwIfNoEntry: false }) === undefined) {
    return "is a symbolic link that leads nowhere";
  }
  return statSync(file).isFile() ? undefined : "is not a file";
}
