/** What the server and its read workers tell each other. */
import type { Ask } from "../asks.ts";

export type ToWorker =
  /** @param root the project that is asked about */
  | { readonly kind: "ask"; readonly id: number; readonly root: string; readonly ask: Ask }
  | {
      readonly kind: "vectors";
      readonly id: number;
      /** The model that made them. */
      readonly modelId: string;
      readonly vectors: readonly Float32Array[];
    }
  | { readonly kind: "no vectors"; readonly id: number; readonly message: string };

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly error: WireError }
  | {
      readonly kind: "embed";
      readonly id: number;
      readonly root: string;
      /** The model that is wanted. */
      readonly modelId: string;
      readonly texts: readonly string[];
    }
  | { readonly kind: "warning"; readonly message: string };

/** A protocol error. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}
