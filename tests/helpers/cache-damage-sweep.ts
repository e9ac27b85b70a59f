/**
 * Does every damage to the vector cache of a project, one after the other, and prints what became of each as JSON.
 * Takes the project's folder, whose vectors are made up, as this process makes them up (`made-up-pool.ts`).
 */
import { Database } from "bun:sqlite";
import { cpSync, existsSync } from "node:fs";
import { readCacheReport } from "../../src/embedding/cache/report.ts";
import { VectorCache } from "../../src/embedding/cache/vector-cache.ts";
import { openProject } from "../../src/index.ts";
import type { Finding } from "../../src/maintenance/doctor/check.ts";
import { loadCheck } from "../../src/maintenance/doctor/checks/index.ts";
import { CheckContext } from "../../src/maintenance/doctor/context.ts";
import { loadSettings } from "../../src/maintenance/doctor/settings.ts";
import { messageOf } from "../../src/system/index.ts";
import { type CacheDamage, cacheDamages, FORGED } from "./cache-damage.ts";
import { bitsOf, MODEL } from "./embedding.ts";
import { graphDigest } from "./graph-rows.ts";
import { CACHE, GRAPH, removeLog } from "./project-files.ts";
import { TempFolder } from "./temp-folder.ts";

export interface DamageOutcome {
  readonly name: string;
  readonly isForged: boolean;
  /** Vectors that the cache gave out: those that are right, and those that are not. */
  readonly right: number;
  readonly wrong: number;
  /** What the doctor says, deeply, before and after its fixes, and in the end. */
  readonly said: readonly string[];
  readonly saidAfter: readonly string[];
  readonly saidInTheEnd: readonly string[];
  readonly commands: readonly string[];
  /** What readers of the cache have warned of, before and after the fixes. */
  readonly warned: readonly string[];
  readonly warnedAfter: readonly string[];
  /** Errors that are none of amalfa's. */
  readonly unforeseen: readonly string[];
  /** Rows that were right before the fixes and are so after them, or lie in quarantine. */
  readonly lost: number;
  /** Whether an ingest of everything then makes the graph that there was. */
  readonly isSameGraph: boolean;
}

const CHECKS = ["cache.open", "cache.rows", "cache.size"];

class Sweep {
  readonly #sound: TempFolder;
  readonly #soundRows: ReadonlyMap<string, string>;
  readonly #graph: string;
  #folder: TempFolder;
  #unforeseen: string[] = [];

  constructor(sound: TempFolder) {
    this.#sound = sound;
    this.#folder = sound;
    this.#soundRows = this.#rows(sound);
    this.#graph = graphDigest(sound.join(GRAPH));
  }

  async of(damage: CacheDamage, isForged: boolean): Promise<DamageOutcome | undefined> {
    using folder = new TempFolder();
    cpSync(this.#sound.path, folder.path, { recursive: true, preserveTimestamps: true });
    this.#folder = folder;
    this.#unforeseen = [];
    if (!this.#make(damage)) return undefined;
    const { right, wrong, warned } = this.#read();
    this.#attempt(() => readCacheReport(folder.join(CACHE)));
    const before = this.#rightRows();
    const findings = await this.#findings();
    for (const finding of findings) await this.#mend(finding);
    const after = await this.#findings();
    const kept = existsSync(folder.join(".amalfa/quarantine")) ? before : this.#rightRows();
    const warnedAfter: string[] = [];
    const isSameGraph = await this.#ingestAll(warnedAfter);
    return {
      name: damage.name,
      isForged,
      right,
      wrong,
      said: findings.map(({ message }) => message),
      saidAfter: after.map(({ message }) => message),
      saidInTheEnd: (await this.#findings()).map(({ message }) => message),
      commands: findings.flatMap(({ commands }) => commands),
      warned,
      warnedAfter,
      unforeseen: this.#unforeseen,
      lost: before - kept,
      isSameGraph,
    };
  }

  /** False where SQLite's own rules keep it out. */
  #make({ make }: CacheDamage): boolean {
    const path = this.#folder.join(CACHE);
    try {
      make(path);
      return true;
    } catch (error) {
      if (!/constraint|datatype mismatch|no such|cannot/i.test(messageOf(error))) throw error;
      return false;
    } finally {
      removeLog(path);
    }
  }

  /** Rows by their key, as texts. */
  #rows(folder: TempFolder): Map<string, string> {
    using db = new Database(folder.join(CACHE), { readonly: true });
    const rows = db
      .query("SELECT key, quote(vector) || ' ' || model || ' ' || quote(checksum) FROM cache")
      .values();
    return new Map(rows as [string, string][]);
  }

  #rightRows(): number {
    try {
      return [...this.#rows(this.#folder)].filter(([key, row]) => this.#soundRows.get(key) === row).length;
    } catch {
      return 0;
    }
  }

  #read() {
    const warned: string[] = [];
    let right = 0;
    let wrong = 0;
    using cache = VectorCache.open(this.#folder.join(CACHE), {
      dimensions: MODEL.dimensions,
      modelId: MODEL.id,
      access: "read",
      onWarning: (message) => warned.push(message),
    });
    for (const [key, vector] of cache.get([...this.#soundRows.keys()])) {
      const [bits = ""] = bitsOf([vector]);
      if (this.#soundRows.get(key)?.startsWith(`X'${bits.toUpperCase()}' `) === true) right++;
      else wrong++;
    }
    return { right, wrong, warned };
  }

  async #findings(): Promise<(Finding & { readonly check: string })[]> {
    const { project } = await loadSettings(this.#folder.path);
    using context = new CheckContext({ project, settingsProblems: [], deep: true, ownPids: [process.pid] });
    const found: (Finding & { readonly check: string })[] = [];
    for (const check of CHECKS) {
      try {
        const { findings } = await (await loadCheck(check)).run(context);
        found.push(...findings.map((finding) => ({ ...finding, check })));
      } catch (error) {
        // Pages that cannot be read are for `cache.open` to name.
        if (found.length === 0) this.#unforeseen.push(`${check}: ${messageOf(error)}`);
      }
    }
    return found;
  }

  async #mend({ check, fix }: Finding & { readonly check: string }): Promise<void> {
    if (fix === undefined) return;
    const { project } = await loadSettings(this.#folder.path);
    await (await loadCheck(check)).repair?.(fix.target, { project });
  }

  #attempt(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      if (!/^cache\./.test(String((error as { code?: unknown }).code)))
        this.#unforeseen.push(messageOf(error));
    }
  }

  async #ingestAll(warned: string[]): Promise<boolean> {
    await using project = await openProject(this.#folder.path, {
      onWarning: (message) => warned.push(message),
    });
    await project.ingest({ force: true });
    return graphDigest(this.#folder.join(GRAPH)) === this.#graph;
  }
}

if (import.meta.main) {
  using sound = new TempFolder();
  cpSync(process.argv[2] ?? "", sound.path, { recursive: true, preserveTimestamps: true });
  const sweep = new Sweep(sound);
  const damages = cacheDamages(sound.join(CACHE)).map((damage) => ({ damage, isForged: false }));
  const outcomes: DamageOutcome[] = [];
  for (const { damage, isForged } of [
    ...damages,
    ...FORGED.map((each) => ({ damage: each, isForged: true })),
  ]) {
    const outcome = await sweep.of(damage, isForged);
    if (outcome !== undefined) outcomes.push(outcome);
  }
  process.stdout.write(JSON.stringify(outcomes));
}
