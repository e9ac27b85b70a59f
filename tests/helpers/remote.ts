/** Remote vector caches as a run uses them, and servers that are not as they should be. */
import { createEmbedder, type EmbeddingStats } from "../../src/embedding/index.ts";
import { loadRemote } from "../../src/embedding/remote/index.ts";
import { parseRemoteUrl } from "../../src/project/index.ts";
import { type RemoteUse, SigningKey } from "../../src/project/remote.ts";
import { MODEL, NO_MODELS } from "./embedding.ts";
import { type InstantBackend, instantBackend } from "./instant-backend.ts";
import { TempFolder } from "./temp-folder.ts";

export interface RemoteRun {
  readonly vectors: readonly Float32Array[];
  readonly stats: EmbeddingStats;
  readonly warnings: readonly string[];
  readonly notices: readonly string[];
  /** In milliseconds. */
  readonly took: number;
}

export interface RemoteRunOptions extends Partial<Omit<RemoteUse, "url" | "signingKey">> {
  readonly signingKey?: string;
  readonly cachePath?: string;
  readonly backend?: InstantBackend;
}

export function remoteUse(url: string, options: RemoteRunOptions = {}): RemoteUse {
  const { signingKey, mode = "readwrite", ttlMs = 3_600_000, from = "environment" } = options;
  const key = signingKey === undefined ? undefined : new SigningKey(signingKey);
  return { url: parseRemoteUrl(url)!, from, mode, ttlMs, signingKey: key };
}

/** One run of a machine that has nothing of its own: made-up vectors, and the remote at the address. */
export async function remoteRun(
  url: string,
  texts: readonly string[],
  options: RemoteRunOptions = {},
): Promise<RemoteRun> {
  using folder = new TempFolder();
  const { openLiveRemote } = await loadRemote();
  const warnings: string[] = [];
  const notices: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const remote = openLiveRemote({
    use: remoteUse(url, options),
    model: MODEL,
    onWarning,
    onNotice: (message) => notices.push(message),
  });
  const started = performance.now();
  const embedder = createEmbedder({
    model: MODEL,
    cachePath: options.cachePath ?? folder.join("cache.sqlite"),
    modelsDirectory: NO_MODELS,
    onWarning,
    remote,
    startBackend: (options.backend ?? instantBackend()).start,
  });
  const vectors = await embedder.embedMany(texts);
  await embedder.close();
  return { vectors, stats: embedder.stats(), warnings, notices, took: performance.now() - started };
}

export function manyTexts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `text number ${index}`);
}

/** A server that takes connections and then never says a word. */
export function silentServer(): { readonly url: string } & Disposable {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return { url: `redis://127.0.0.1:${listener.port}`, [Symbol.dispose]: () => listener.stop(true) };
}
