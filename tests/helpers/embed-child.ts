/**
 * One run of the embedder in a process of its own, for what a process cannot undo: its user, its limits, its death.
 * Takes an {@link EmbedJob} as JSON in its first argument and prints what became of it as JSON.
 */
import { createEmbedder } from "../../src/embedding/embedder.ts";
import { bitsOf, MODEL, NO_MODELS } from "./embedding.ts";

export interface EmbedJob {
  readonly cachePath: string;
  readonly texts: readonly string[];
  /** `ordinary`: file permissions hold, even for root. */
  readonly privileges?: "ordinary";
  /** Prints the number of computed vectors on a line of its own each time it grows. */
  readonly report?: "progress";
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

/** Root's own way around file permissions, taken away; root stays the owner of its files. */
const WITHOUT_OVERRIDE = [
  "setpriv",
  "--bounding-set=-dac_override,-dac_read_search",
  "--inh-caps=-all",
  "--",
];

/** Runs the child to its end, which must be a good one, in a shell that first runs `shell`. */
export async function embedInChild(job: EmbedJob, shell = ":"): Promise<EmbedOutcome> {
  const ordinary = job.privileges === "ordinary" && process.getuid?.() === 0;
  const command = [
    ...(ordinary ? WITHOUT_OVERRIDE : []),
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
