/** A kind of fault. */
import type { Vault } from "../vault.ts";
import type { World } from "../world.ts";

export interface Kind {
  readonly name: string;
  /** What is done, for the report. */
  readonly about: string;
  /** How often it comes, against the others. */
  readonly weight: number;
  /** Takes too long to be among the others unless it is asked for. */
  readonly isLong?: boolean;
  /** Whether this machine can do it. */
  readonly isPossible: () => boolean;
  /** Does it. What it finds wrong by itself it tells the world; the rest is judged afterwards. */
  readonly run: (world: World, vault: Vault) => Promise<void>;
}

export const ANYWHERE = (): boolean => true;
