/** Git, and amalfa, as a user of the test's own has configured them. */
import { afterEach, beforeEach } from "bun:test";
import { discover } from "../../src/ingest/discovery/index.ts";
import { perTest } from "./per-test.ts";
import { TempFolder } from "./temp-folder.ts";

/** The variables by which git, and amalfa, find what a user has configured. */
const VARIABLES = [
  "XDG_CONFIG_HOME",
  "HOME",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_CONFIG_SYSTEM",
];

/** Call at the top of a test file. @returns the home of each test's user */
export function useGitHome(): () => TempFolder {
  const before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  const home = perTest(() => new TempFolder());
  beforeEach(() =>
    useVariables({
      HOME: home().path,
      XDG_CONFIG_HOME: undefined,
      GIT_CONFIG_GLOBAL: undefined,
      GIT_CONFIG_NOSYSTEM: "1",
    }),
  );
  afterEach(() => useVariables(before));
  return home;
}

export function useVariables(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** Git as the user has configured it. */
export function gitAsUser(cwd: string, ...args: string[]): string {
  const names = ["HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"];
  const env = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  const { stdout } = Bun.spawnSync(["git", ...args], { cwd, env: { PATH: process.env.PATH, ...env } });
  return stdout.toString();
}

export const documentsIn = (root: string, sources = ["."]) =>
  discover({ root, sources, excludePatterns: [] }).files.map(({ id }) => id);
