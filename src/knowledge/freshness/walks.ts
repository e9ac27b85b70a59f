/**
 * Walks of the files, counted: the time by which requests and walks are compared. A walk has seen whatever was written
 * before the request, where its number is greater than that of walks that had begun when the request came.
 *
 * Processes that answer for the same project may share them: one of them walks, and where it found all as the graph
 * knows it, it says of which graph that is true. Whoever reads the same graph by the same settings need not walk.
 */

/** That all documents are what a graph says. */
export interface Found {
  /** The settings by which was walked, and the graph. */
  readonly of: string;
  /** What was found besides documents. */
  readonly besides: string;
}

export type Turn =
  | {
      readonly kind: "walk";
      readonly number: number;
      /** To be called at its end. @param found undefined where something differs, or nothing can be said */
      readonly ended: (found: Found | undefined) => void;
    }
  | {
      /** Somebody else has walked. */
      readonly kind: "found";
      readonly number: number;
      readonly found: Found;
    };

export interface Walks {
  /** How many have begun; infinite where others walk too, so that it cannot be told. */
  begun(): number;
  /**
   * Waits for a turn to walk, or for what was found by somebody else.
   *
   * @param after the walk's number has to be greater than this one
   * @param own whether it has to be one's own
   */
  turn(after: number, own: boolean): Promise<Turn>;
}

/** Those of one process, which nobody shares. */
export function ownWalks(): Walks {
  let begun = 0;
  return {
    begun: () => begun,
    turn: () => Promise.resolve({ kind: "walk", number: ++begun, ended: () => {} }),
  };
}
