/** Pulling a model from a hub of the test's own. */
import { expect } from "bun:test";
import { readdirSync } from "node:fs";
import { hubOf, PATIENCE } from "../../src/maintenance/models/hub.ts";
import { type PullOptions, type PullReport, pullModel } from "../../src/maintenance/models/pull.ts";
import { TestHub } from "./hub.ts";
import { useModelsFolder } from "./models-folder.ts";
import { perTest } from "./per-test.ts";
import { tinyModelFiles } from "./tiny-model.ts";

/** A model of the catalogue of which nobody knows the digests beforehand, and of the size that its entry says. */
export const NAME = "snowflake-arctic-embed-xs";

export const ONNX = "onnx/model_quantized.onnx";
export const TINY = tinyModelFiles({ dimensions: 384 });
export const WEIGHTS = Buffer.from(TINY["onnx/model.onnx"]!);
export const FILES: Record<string, string | Uint8Array> = { ...TINY, [ONNX]: WEIGHTS };
export const TOKEN = "hf_secretsecretsecret";
/** A busy machine may well put off what comes; who gives up soon says so. */
export const PATIENT = { ...PATIENCE, idleMs: 60_000, attempts: 3, pauseMs: 1, longestWaitMs: 5_000 };

/** Call at the top of a test file: a hub and an empty folder of models for each test. */
export function usePulling() {
  const models = useModelsFolder();
  const hub = perTest(() => TestHub.start(FILES));
  const pull = (more: Partial<PullOptions> = {}, env: Record<string, string> = {}): Promise<PullReport> =>
    pullModel({
      name: NAME,
      hub: hubOf({ HF_ENDPOINT: hub().url, ...env }),
      force: false,
      roots: [],
      signal: new AbortController().signal,
      onProgress: () => {},
      onPause: () => {},
      onWait: () => {},
      patience: PATIENT,
      ...more,
    });

  /** What the folder of models has, apart from what is being prepared. */
  const installed = (): string[] => readdirSync(models().path).filter((name) => !name.startsWith("."));

  /** What goes wrong with a pull that leaves nothing behind. */
  async function failure(pulling: Promise<unknown>): Promise<Error & { code: string; hint: string }> {
    try {
      await pulling;
    } catch (error) {
      expect(installed()).toEqual([]);
      return error as Error & { code: string; hint: string };
    }
    throw new Error("nothing went wrong");
  }

  return { models, hub, pull, installed, failure };
}
