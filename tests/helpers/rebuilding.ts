/** `amalfa rebuild` in a project, and what it answers. */
import type { RebuildPlan } from "../../src/maintenance/rebuild/plan.ts";
import { amalfaJson, type ErrorDocument, type IngestDocument } from "./amalfa.ts";
import type { TempFolder } from "./temp-folder.ts";

export interface RebuildDocument extends IngestDocument {
  readonly dryRun: boolean;
  readonly paused: readonly string[];
  readonly quarantined: readonly string[];
  readonly replacedBecause?: string;
  readonly plan: RebuildPlan;
}

/** A command whose document a rebuild's is like. */
export const run = (folder: TempFolder, ...args: string[]) =>
  amalfaJson<RebuildDocument>(args, { cwd: folder.path });

export const rebuild = (folder: TempFolder, ...flags: string[]) => run(folder, "rebuild", ...flags);

export async function failure(folder: TempFolder, ...flags: string[]) {
  const { status, document } = await amalfaJson<ErrorDocument>(["rebuild", ...flags], { cwd: folder.path });
  return { status, ...document.error };
}

/** A note in another encoding than UTF-8. */
export const UNREADABLE = { "soil/worms.md": new Uint8Array([0x63, 0x61, 0x66, 0xe9, 0x0a]) };
