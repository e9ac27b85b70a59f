/** What the worker pool and its workers say to each other. */

export type ToWorker =
  | { readonly kind: "load"; readonly onnx: string; readonly dimensions: number; readonly maxTokens: number }
  /** Token ids of one text each, `[CLS]` and `[SEP]` included. */
  | { readonly kind: "embed"; readonly group: number; readonly ids: readonly Int32Array[] }
  | { readonly kind: "close" };

export type FromWorker =
  | { readonly kind: "loaded" }
  /** The vectors of a group, one after the other. */
  | { readonly kind: "embedded"; readonly group: number; readonly vectors: Float32Array }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "closed" };
