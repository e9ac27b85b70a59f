import { afterAll, beforeEach } from "bun:test";
import { perTest } from "./per-test.ts";
import { TempFolder } from "./temp-folder.ts";

/** An empty folder of models for each test, in the place of the one that all projects share. */
export function useModelsFolder(): () => TempFolder {
  const before = process.env.AMALFA_MODELS;
  const models = perTest(() => new TempFolder());
  beforeEach(() => {
    process.env.AMALFA_MODELS = models().path;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.AMALFA_MODELS;
    else process.env.AMALFA_MODELS = before;
  });
  return models;
}
