/** A project of its own for each test of settings, and what is said of settings that cannot be used. */
import { expect } from "bun:test";
import { ConfigError } from "../../src/project/config-error.ts";
import { loadProject } from "../../src/project/load.ts";
import { useRootPerTest } from "./root-per-test.ts";

/** Call at the top of a test file. The roots have in their names what a path may have and a URL may not. */
export function useSettingsProject() {
  const place = useRootPerTest((count) => `project ${count} 100%20#`);
  const load = () => loadProject({ root: place.root, cwd: place.base });
  const write = (path: string, contents: string) => place.write(path, contents);
  async function problemsOf(settings: unknown): Promise<Record<string, string>> {
    write("amalfa.settings.json", JSON.stringify(settings));
    const { problems } = await configFailure(load());
    return Object.fromEntries(problems.map(({ key, message }) => [key, message]));
  }
  return { place, load, write, problemsOf };
}

export async function configFailure(promise: Promise<unknown>): Promise<ConfigError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw new Error(`expected a ConfigError, got ${String(error)}`);
  expect(error.code).toBe("config.invalid");
  expect(error.exit).toBe(2);
  return error;
}
