/**
 * A project of many documents that can be put into two states. Every chunk names its state, so that a mixture
 * shows, and the vectors of both are in a cache outside the project, so that nothing is embedded twice.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { amalfaJson, type IngestDocument } from "./amalfa.ts";
import { graphDigest } from "./graph-rows.ts";
import { GRAPH } from "./project-files.ts";
import { randomSentence, seeded } from "./random.ts";
import { TempFolder } from "./temp-folder.ts";

export const STATES = ["stateone", "statetwo"] as const;
export type StateName = (typeof STATES)[number];

export class TwoStates implements Disposable {
  readonly folder = new TempFolder();
  /** The project root. */
  readonly root: string;
  readonly database: string;
  readonly digests = new Map<StateName, string>();
  readonly #documents: number;

  private constructor(documents: number) {
    this.#documents = documents;
    this.root = this.folder.join("project");
    this.database = join(this.root, GRAPH);
    mkdirSync(this.root);
  }

  /** Makes the project, in the first state, with the digests of both as fresh projects have them. */
  static async create(documents: number): Promise<TwoStates> {
    const project = new TwoStates(documents);
    for (const state of [...STATES].reverse()) {
      rmSync(join(project.root, ".amalfa"), { recursive: true, force: true });
      project.write(state);
      const { status, document } = await amalfaJson<IngestDocument>(["init"], { cwd: project.root });
      if (status !== 0) throw new Error(`init failed: ${JSON.stringify(document)}`);
      project.digests.set(state, graphDigest(project.database));
    }
    return project;
  }

  write(state: StateName): void {
    const settings = JSON.stringify({ cache: { path: this.folder.join("vectors.sqlite") } });
    this.folder.write({ "project/amalfa.settings.json": settings });
    for (let index = 0; index < this.#documents; index++) {
      const random = seeded(index * 2 + STATES.indexOf(state));
      const next = `${(index + 1 + STATES.indexOf(state)) % this.#documents}.md`;
      const text = `# Note ${index} in ${state}\n\nThis is ${state}. ${randomSentence(random)}\n\nSee [next](${next}).\n`;
      this.folder.write({ [`project/notes/${index}.md`]: text });
    }
  }

  /** The state that the graph holds, or a message when it holds neither. */
  stateOfGraph(): StateName | "neither" {
    const digest = graphDigest(this.database);
    return STATES.find((state) => this.digests.get(state) === digest) ?? "neither";
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}
