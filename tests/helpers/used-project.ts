/** A project as a reset finds it, and what it answers. */
import { expect } from "bun:test";
import { amalfaJson, type ErrorDocument } from "./amalfa.ts";
import { TempFolder } from "./temp-folder.ts";

export interface ResetDocument {
  readonly ok: boolean;
  readonly dryRun: boolean;
  readonly confirmedBy: string;
  readonly stopped: readonly { readonly service: string; readonly pid: number }[];
  readonly deleted: readonly { readonly path: string; readonly files: number; readonly bytes: number }[];
  readonly entries: readonly {
    readonly path: string;
    readonly bytes: number;
    readonly madeAgain: string | null;
  }[];
  readonly kept: readonly string[];
  readonly bytes: number;
}

/** A project that looks as if it had been used for long, without the cost of an ingest. */
export function usedProject(): TempFolder {
  return new TempFolder().write({
    "notes/a.md": "# A note\n",
    "amalfa.settings.json": '{ "sources": ["notes"] }\n',
    ".amalfa/resonance.db": "a graph, as far as reset cares",
    ".amalfa/resonance.db-wal": "",
    ".amalfa/cache/vector_cache.sqlite": "vectors",
    ".amalfa/cache/models/some/model.onnx": "x".repeat(1000),
    ".amalfa/logs/watcher.log": "a line\n",
    ".amalfa/sessions/monday.jsonl": "{}\n",
  });
}

export const reset = (folder: TempFolder, ...flags: string[]) =>
  amalfaJson<ResetDocument>(["reset", ...flags], { cwd: folder.path });

export async function refused(
  folder: TempFolder,
  ...flags: string[]
): Promise<ErrorDocument["error"] & { status: number }> {
  const { status, document } = await amalfaJson<ErrorDocument>(["reset", "--yes", ...flags], {
    cwd: folder.path,
  });
  expect(document.ok).toBe(false);
  return { ...document.error, status };
}
