/**
 * One run of the embedder in a process of its own, for what a process cannot undo: its user, its limits, its death.
 * Takes an {@link EmbedJob} as JSON in its first argument and prints what became of it as JSON.
 */
import { createEmbedder } from "../../src/embedding/embedder.ts";
import { bitsOf, MODEL, NO_MODELS, startMadeUpBackend } from "./embedding.ts";
import { WITHOUT_OVERRIDE } from "./privileges.ts";

export interface EmbedJob {
  readonly cachePath: string;
  readonly texts: readonly string[];
  /** `ordinary`: file permissions hold, even for root. */
  readonly privileges?: "ordinary";
  /** Prints the number of computed vectors on a line of its own each time it grows. */
  readonly report?: "progress";
  /** Vectors are made up instead of computed by the model. */
  readonly backend?: "made up";
}

export interface EmbedOutcome {
  readonly bits: readonly string[];
  readonly stats: { readonly texts: number; readonly hits: number; readonly misses: number };
  readonly warnings: readonly string[];
}

if (import.meta.main) {
  const job = JSON.parse(process.argv[2] ?? "") as EmbedJob;
  const warnings: string[] = [];
  const embedder = createEmbedder({
    model: MODEL,
    cachePath: job.cachePath,
    modelsDirectory: NO_MODELS,
    workers: 1,
    ...(job.backend === undefined ? {} : { startBackend: startMadeUpBackend }),
    onWarning: (message) => warnings.push(message),
  });
  const vectors = await embedder.embedMany(job.texts, {
    onProgress: ({ computed }) => {
      if (job.report === "progress") process.stdout.write(`${computed}\n`);
    },
  });
  await embedder.close();
  process.stdout.write(JSON.stringify({ bits: bitsOf(vectors), stats: embedder.stats(), warnings }));
}

/** Starts the child; `before` are arguments of Bun itself. */
export function startEmbedChild(job: EmbedJob, before: readonly string[] = []) {
  return Bun.spawn([process.execPath, ...before, import.meta.path, JSON.stringify(job)], {
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Runs the child to its end, which must be a good one, in a shell that first runs `shell`. */
export async function embedInChild(job: EmbedJob, shell = ":"): Promise<EmbedOutcome> {
  const command = [
    ...(job.privileges === "ordinary" ? WITHOUT_OVERRIDE : []),
    process.execPath,
    import.meta.path,
    JSON.stringify(job),
  ];
  const child = Bun.spawn(["sh", "-c", `${shell}; exec "$@"`, "sh", ...command], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (status !== 0) throw new Error(`The child ended with ${status}:\n${stderr}`);
  return JSON.parse(stdout) as EmbedOutcome;
}
