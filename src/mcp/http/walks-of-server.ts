/** A worker's part in the walks that all workers of the server share; see `SharedWalks`. */
import type { Found, Turn, Walks } from "../../knowledge/index.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

type Told = Extract<ToWorker, { kind: "walk" | "walked" }>;

export class WalksOfServer {
  readonly #send: (message: FromWorker) => void;
  readonly #waiting = new Map<number, (turn: Told) => void>();
  #nextId = 1;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  receive(turn: Told): void {
    this.#waiting.get(turn.id)?.(turn);
    this.#waiting.delete(turn.id);
  }

  of(root: string): Walks {
    return {
      begun: () => Number.POSITIVE_INFINITY,
      turn: (after, own) =>
        new Promise<Turn>((resolve) => {
          const id = this.#nextId++;
          this.#waiting.set(id, (turn) => {
            const { number } = turn;
            if (turn.kind === "walked") resolve({ kind: "found", number, found: turn.found });
            else resolve({ kind: "walk", number, ended: (found) => this.#ended(root, number, found) });
          });
          this.#send({ kind: "turn", id, root, after, own });
        }),
    };
  }

  #ended(root: string, number: number, found: Found | undefined): void {
    const said = found === undefined ? undefined : { of: found.of, besides: found.besides };
    this.#send({ kind: "walked", number, root, found: said });
  }
}
