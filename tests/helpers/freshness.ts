/** Notes that are ingested, to be changed, and what a search says of them then. */
import { amalfaJson } from "./amalfa.ts";
import type { TempFolder } from "./temp-folder.ts";

export interface Freshness {
  readonly state: string;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly reason?: string;
}

export interface Found {
  readonly results: readonly {
    readonly id: string;
    readonly lines: readonly number[];
    readonly snippet: string;
  }[];
  readonly freshness: Freshness;
  readonly pending?: { readonly chunks: number };
}

export const CURRENT = { state: "current", added: 0, changed: 0, removed: 0 };

export async function search(folder: TempFolder, query: string, ...flags: string[]): Promise<Found> {
  const args = ["search", "--mode", "lexical", ...flags, query];
  return (await amalfaJson<Found>(args, { cwd: folder.path })).document;
}

export const ids = ({ results }: Found): string[] => results.map(({ id }) => id);
