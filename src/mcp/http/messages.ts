/** What the server and its read workers tell each other. */
import type { Found } from "../../knowledge/index.ts";
import type { Ask } from "../asks.ts";
import type { NamedRoot } from "../tool.ts";

/** How a project is served to whoever asks: each call says it, since a worker answers callers of all kinds. */
export interface Terms {
  /** Whether what has changed is brought in before an answer; the settings may forbid it. */
  readonly refresh: boolean;
  /** Whether notes may be written (I1). */
  readonly allowWrite: boolean;
  /** Whether a remote vector cache may be asked, where the settings name one. */
  readonly remoteCache: boolean;
  /** The projects that a call may name: all of the user's list, or these. */
  readonly projects: "listed" | readonly NamedRoot[];
}

export type ToWorker =
  | {
      /** Somebody is likely to search soon. */
      readonly kind: "expect";
      readonly root: string;
      readonly terms: Pick<Terms, "refresh" | "remoteCache">;
    }
  | {
      readonly kind: "ask";
      readonly id: number;
      /** The project that is asked about. */
      readonly root: string;
      readonly terms: Terms;
      readonly ask: Ask;
      /** How many walks had begun when it came: one of a greater number has seen all that was written before. */
      readonly came: number;
    }
  | { readonly kind: "walk"; readonly id: number; readonly number: number }
  | { readonly kind: "walked"; readonly id: number; readonly number: number; readonly found: Found }
  | {
      readonly kind: "vectors";
      readonly id: number;
      /** The model that made them. */
      readonly modelId: string;
      readonly vectors: readonly Float32Array[];
    }
  | { readonly kind: "no vectors"; readonly id: number; readonly message: string };

export type FromWorker =
  | {
      readonly kind: "ready";
      /** The program that it is: another one than the server where that was installed anew meanwhile. */
      readonly program: string;
    }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly error: WireError }
  | {
      /** Wants to know whether the files are what the graph says; answered with "walk" or "walked". */
      readonly kind: "turn";
      readonly id: number;
      readonly root: string;
      /** The walk has to have a greater number. */
      readonly after: number;
      /** What somebody else finds will not do. */
      readonly own: boolean;
    }
  | {
      /** A walk has ended. */
      readonly kind: "walked";
      readonly number: number;
      readonly root: string;
      readonly found: Found | undefined;
    }
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
