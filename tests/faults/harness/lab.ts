/**
 * What all cases of a run share: the program, healthy projects to copy, what graphs have to hold, how long commands
 * take.
 */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { graphRows } from "../../helpers/graph-rows.ts";
import { GRAPH } from "../../helpers/project-files.ts";
import type { GraphRows } from "./graph-state.ts";
import { frozenProgram, type Program } from "./program.ts";
import { type Documents, makeVault, type Vault } from "./vault.ts";

/** Vaults of a run: a few notes, and enough that vectors follow the words in a second transaction. */
const SIZES = { small: 7, medium: 60 } as const;
export type Size = keyof typeof SIZES;

export type ModelKind = "made-up" | "real";

export class Lab implements Disposable {
  /** Everything that the run makes lies in it. */
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "amalfa-faults-")));
  readonly #programs = new Map<ModelKind, Program>();
  readonly #templates = new Map<string, Promise<string>>();
  readonly #expected = new Map<string, Promise<GraphRows>>();
  /** Milliseconds that a command takes now, by its name. */
  readonly #durations = new Map<string, number>();
  #made = 0;

  program(model: ModelKind): readonly string[] {
    let program = this.#programs.get(model);
    if (program === undefined) {
      program = frozenProgram(model);
      this.#programs.set(model, program);
    }
    return program.command;
  }

  vault(size: Size): Vault {
    return makeVault(SIZES[size], SIZES[size]);
  }

  newFolder(name: string): string {
    const folder = join(this.folder, `${name}-${this.#made++}`);
    mkdirSync(folder);
    return folder;
  }

  /** The variables of a command; nothing of the user's own. */
  environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: process.env.PATH ?? "",
      HOME: this.folder,
      TMPDIR: tmpdir(),
      XDG_CACHE_HOME: join(this.folder, "user-cache"),
      XDG_STATE_HOME: join(this.folder, "user-state"),
      NO_COLOR: "1",
      VECTOR_PORT: "0",
      ...extra,
    };
  }

  /** A healthy project whose graph holds the old state of a vault: to be copied, never used. */
  template(size: Size, model: ModelKind): Promise<string> {
    return remembered(this.#templates, `${size} ${model}`, () => this.#ingest(this.vault(size).old, model));
  }

  /** What a fresh project's graph holds of these documents. */
  expected(documents: Documents, model: ModelKind): Promise<GraphRows> {
    const text = JSON.stringify([model, [...documents].sort(([a], [b]) => (a < b ? -1 : 1))]);
    return remembered(this.#expected, String(Bun.hash(text)), async () => {
      const root = await this.#ingest(documents, model);
      const rows = graphRows(join(root, GRAPH));
      rmSync(root, { recursive: true });
      return rows;
    });
  }

  duration(command: string): number {
    return this.#durations.get(command) ?? 500;
  }

  learn(command: string, ms: number): void {
    const known = this.#durations.get(command);
    this.#durations.set(command, known === undefined ? ms : known * 0.8 + ms * 0.2);
  }

  async #ingest(documents: Documents, model: ModelKind): Promise<string> {
    const root = this.newFolder("fresh");
    writeDocuments(root, documents);
    writeFileSync(join(root, "amalfa.settings.json"), "{}\n");
    const command = [...this.program(model), "init"];
    const run = Bun.spawn(command, { cwd: root, env: this.environment(), stdout: "ignore", stderr: "pipe" });
    if ((await run.exited) !== 0) throw new Error(`init failed: ${await new Response(run.stderr).text()}`);
    return root;
  }

  [Symbol.dispose](): void {
    for (const program of this.#programs.values()) program[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function writeDocuments(root: string, documents: Documents): void {
  for (const [path, text] of documents) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

export function copyProject(template: string, root: string): void {
  cpSync(template, root, { recursive: true, preserveTimestamps: true });
}

function remembered<Value>(
  map: Map<string, Promise<Value>>,
  key: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
