/** Requests that came together, whose answers go out together. */
import type { JSONRPCMessage } from "@modelcontextprotocol/server";

/** An answer; what could not be read at all is answered under no id. */
export type Answer =
  | JSONRPCMessage
  | {
      readonly jsonrpc: "2.0";
      readonly id: string | number | null;
      readonly error: { readonly code: number; readonly message: string };
    };

interface Batch {
  readonly waiting: Set<string | number>;
  readonly answers: Answer[];
}

export class Batches {
  readonly #batchOf = new Map<string | number, Batch>();

  /**
   * Waits for the answers to some requests.
   * @param answers those that are known already
   * @returns what can be sent at once: all answers, when nothing is waited for and there are any
   */
  begin(ids: readonly (string | number)[], answers: readonly Answer[]): readonly Answer[] | undefined {
    const batch = { waiting: new Set(ids), answers: [...answers] };
    for (const id of batch.waiting) this.#batchOf.set(id, batch);
    return batch.waiting.size === 0 && answers.length > 0 ? answers : undefined;
  }

  /** What can be sent now that there is this answer; undefined while others of its batch are missing. */
  withAnswer(answer: JSONRPCMessage): Answer | readonly Answer[] | undefined {
    const id = "id" in answer ? answer.id : undefined;
    const batch = id === undefined ? undefined : this.#batchOf.get(id);
    if (id === undefined || batch === undefined) return answer;
    batch.answers.push(answer);
    return this.without(id);
  }

  /** The same without an answer, which a request that was cancelled does not get. */
  without(id: string | number): readonly Answer[] | undefined {
    const batch = this.#batchOf.get(id);
    if (batch === undefined) return undefined;
    batch.waiting.delete(id);
    this.#batchOf.delete(id);
    return batch.waiting.size === 0 && batch.answers.length > 0 ? batch.answers : undefined;
  }
}
