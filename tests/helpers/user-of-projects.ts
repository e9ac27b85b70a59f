/** Somebody who has several projects, and the list of them. */
import { afterEach, expect } from "bun:test";
import { amalfaJson } from "./amalfa.ts";
import { perTest } from "./per-test.ts";
import { TempFolder } from "./temp-folder.ts";

export interface Listed {
  readonly projects: readonly { readonly name: string; readonly root: string; readonly graph: boolean }[];
  readonly registry: string;
}

/** Call at the top of a test file: a home, and a list of projects, for each test. */
export function useProjects() {
  const home = perTest(() => new TempFolder());
  /** What else is in the environment, until the end of the test. */
  const more = new Map<string, string>();
  afterEach(() => more.clear());
  const env = (): Record<string, string> => ({
    HOME: home().path,
    XDG_STATE_HOME: home().join("state"),
    ...Object.fromEntries(more),
  });
  const run = <Document = Record<string, unknown>>(cwd: string, ...args: string[]) =>
    amalfaJson<Document>(args, { cwd, env: env() });
  const names = async (): Promise<string[]> =>
    (await run<Listed>("/", "projects", "list")).document.projects.map(({ name }) => name);

  /** A project with one note, in a folder of that name. */
  async function project(name: string, text: string, settings: object = {}): Promise<string> {
    const root = home().join(name);
    home().write({
      [`${name}/note.md`]: `# ${text}\n`,
      [`${name}/amalfa.settings.json`]: JSON.stringify(settings),
    });
    const { status } = await run(root, "init");
    expect(status).toBe(0);
    return root;
  }

  return { home, env, more, run, names, project };
}
