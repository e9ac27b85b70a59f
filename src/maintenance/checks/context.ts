/**
 * What checks may look at, each thing opened when it is first asked for and shared by the checks of one process.
 *
 * Reading connections only, apart from the probe for the writer's lock, which changes no byte (see `write-probe.ts`).
 */
import type { Project } from "../../config/load.ts";
import type { Discovery } from "../../ingest/discover.ts";
import { type DatabaseAccess, type GraphAccess, openDatabase, openGraph } from "./graph-access.ts";

/** A thing that is wrong with the settings, as `config.valid` reports it. */
export interface SettingsProblem {
  readonly key: string;
  readonly message: string;
}

/** What a check process is told; plain data. */
export interface CheckInput {
  /** With default settings where the settings file cannot be used. */
  readonly project: Project;
  /** Empty when the settings are valid. */
  readonly settingsProblems: readonly SettingsProblem[];
  readonly deep: boolean;
  /** Processes of this diagnosis, which are in nobody's way. */
  readonly ownPids: readonly number[];
}

export class CheckContext implements Disposable {
  readonly input: CheckInput;
  #graph: GraphAccess | undefined;
  #cache: DatabaseAccess | undefined;
  #discovery: Discovery | undefined;

  constructor(input: CheckInput) {
    this.input = input;
  }

  get project(): Project {
    return this.input.project;
  }

  get deep(): boolean {
    return this.input.deep;
  }

  /** Whether sources and the model are what the user configured, not defaults that stand in for them. */
  get settingsUsable(): boolean {
    return this.input.settingsProblems.length === 0;
  }

  graph(): GraphAccess {
    this.#graph ??= openGraph(this.project.paths.database);
    return this.#graph;
  }

  vectorCache(): DatabaseAccess {
    this.#cache ??= openDatabase(this.project.paths.vectorCache);
    return this.#cache;
  }

  /** Walks the sources. Throws what `discover` throws. */
  async discovery(): Promise<Discovery> {
    if (this.#discovery === undefined) {
      const { discover } = await import("../../ingest/discover.ts");
      const { root, settings } = this.project;
      this.#discovery = discover({
        root,
        sources: settings.sources,
        excludePatterns: settings.excludePatterns,
      });
    }
    return this.#discovery;
  }

  [Symbol.dispose](): void {
    for (const access of [this.#graph, this.#cache]) if (access?.kind === "open") access.db.close();
  }
}
