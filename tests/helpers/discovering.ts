/** A folder of its own for each test of what is found, and what is found in it. */
import { type Discovery, discover } from "../../src/ingest/discovery/discover.ts";
import { useRootPerTest } from "./root-per-test.ts";

/** Call at the top of a test file. */
export function useDiscovery() {
  const place = useRootPerTest();
  const write = (path: string, contents?: string) => place.write(path, contents);
  const find = (sources: readonly string[] = ["."], excludePatterns: readonly string[] = []): Discovery =>
    discover({ root: place.root, sources, excludePatterns });
  const ids = (sources?: readonly string[], excludePatterns?: readonly string[]) =>
    find(sources, excludePatterns).files.map(({ id }) => id);
  return { place, write, find, ids };
}

export const failuresOf = (found: Discovery) =>
  Object.fromEntries(found.failed.map(({ path, error }) => [path, error]));
