/** What the figures were measured on. */
import { Database } from "bun:sqlite";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import packageJson from "../../package.json" with { type: "json" };
import peers from "./package.json" with { type: "json" };

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Load averages over 1, 5 and 15 minutes when the run began: the noise to expect. */
  readonly load: readonly number[];
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    load: loadavg().map((value) => Math.round(value * 100) / 100),
  };
}

export function describeVersions(): Record<string, string> {
  using db = new Database(":memory:");
  const sqlite = db.query<{ version: string }, []>("SELECT sqlite_version() AS version").get()?.version;
  const { version, dependencies } = packageJson;
  return {
    amalfa: version,
    bun: Bun.version,
    sqlite: sqlite ?? "unknown",
    "onnxruntime-node": dependencies["onnxruntime-node"],
    ...peers.dependencies,
  };
}
