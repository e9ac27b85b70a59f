/** Running the model: a pool of workers, one text at a time each. */
export type { InferenceBackend, InferenceRequest } from "./backend.ts";
export { importOnnxRuntime } from "./onnx-runtime.ts";
export { defaultWorkers, startWorkerPool } from "./pool.ts";
export { SharedBackend } from "./shared.ts";
