/** Running the model: a pool of workers, one text at a time each. */
export { type InferenceBackend, type InferenceRequest, SharedBackend } from "./backend.ts";
export { importOnnxRuntime } from "./onnx-runtime.ts";
export { defaultWorkers, startWorkerPool } from "./pool.ts";
