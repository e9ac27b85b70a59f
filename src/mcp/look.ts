/** What resources say now, in short, for whoever is told when it is something else. */
import { AmalfaError } from "../system/index.ts";
import { documentOfUri, SUMMARY } from "./resources.ts";
import type { ToolContext } from "./tool.ts";

export interface LookRequest {
  readonly uris: readonly string[];
  /** The state of the graph that is known already. */
  readonly since: string | undefined;
  /** Whether what the files say is brought in first. */
  readonly files: boolean;
}

export interface Look {
  readonly state: string;
  /** Undefined where the state is the one that was known. */
  readonly now?:
    | {
        /** Another one when documents have come or gone. */
        readonly list: string;
        /** Of each URI in turn, another one when it says something else; null where there is no such resource. */
        readonly said: readonly (string | null)[];
      }
    | undefined;
}

/** Throws what reading the graph throws, unless there is none. */
export function lookAt({ graph }: Pick<ToolContext, "graph">, { uris, since }: LookRequest): Look {
  try {
    return graph.glance((reader) => {
      const state = graph.stateOf(reader);
      if (state === since) return { state };
      const hash = reader.db.query("SELECT hash FROM nodes WHERE id = ?");
      const ids = reader.db.query("SELECT id FROM nodes ORDER BY id").values() as [string][];
      const list = new Bun.CryptoHasher("sha256");
      for (const [id] of ids) list.update(`${id}\n`);
      const said = uris.map((uri) => {
        if (uri === SUMMARY) return state;
        const id = documentOfUri(uri);
        const [row] = id === undefined ? [] : (hash.values(id) as [string][]);
        return row?.[0] ?? null;
      });
      return { state, now: { list: list.digest("hex"), said } };
    });
  } catch (error) {
    if (!(error instanceof AmalfaError) || error.code !== "database.missing") throw error;
    return { state: "none", now: since === "none" ? undefined : { list: "", said: uris.map(() => null) } };
  }
}
