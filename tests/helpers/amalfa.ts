/** The real program, in a process of its own. */
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { expectDescribed } from "./json-documents.ts";

/** `bun run check` bundles the program first, as it is published: each of some thousand starts takes less that way. */
export const CLI = process.env.AMALFA_TESTED_PROGRAM ?? join(import.meta.dir, "../../src/cli.ts");

/** Programs that tests run leave nothing in the cache folder of whoever runs the tests. */
const USER_CACHE = join(tmpdir(), `amalfa-test-cache-${userInfo().uid}`);

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function startAmalfa(
  args: readonly string[],
  options: RunOptions,
): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  return Bun.spawn([process.execPath, CLI, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: "1", XDG_CACHE_HOME: USER_CACHE, ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Waits until a program that runs has said something on stderr; what it says afterwards is not read. */
export async function untilSaid(
  child: Bun.Subprocess<"ignore", "pipe", "pipe">,
  text: string,
): Promise<void> {
  const reader = child.stderr.getReader();
  const decoder = new TextDecoder();
  let said = "";
  while (!said.includes(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The program ended without saying ${JSON.stringify(text)}:\n${said}`);
    said += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
}

/** How far a long command has come. What is quick says nothing of it, and on a busy machine all is long. */
const PROGRESS =
  /^amalfa: (?:looking for documents|reading and embedding|linking|searchable by words; |writing the graph).*\n/gm;

/**
 * Runs a command to its end, and leaves its progress out of what it says on stderr. What it prints with --json is held
 * against its schema.
 */
export async function amalfa(args: readonly string[], options: RunOptions): Promise<Outcome> {
  const child = startAmalfa(args, options);
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const flags = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  // A format that is asked for is not the document of --json.
  if (flags.includes("--json") && !flags.includes("--format")) await expectDescribedText(args, stdout);
  return { status, stdout, stderr: stderr.replace(PROGRESS, "") };
}

/** Whether it is a document at all is for the test to say. */
async function expectDescribedText(args: readonly string[], text: string): Promise<void> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return;
  }
  await expectDescribed(args, document);
}

/** Runs a command with --json and returns its one document; fails when stdout is anything else. */
export async function amalfaJson<Document = Record<string, unknown>>(
  args: readonly string[],
  options: RunOptions,
): Promise<{ readonly status: number; readonly stderr: string; readonly document: Document }> {
  const { status, stdout, stderr } = await amalfa(["--json", ...args], options);
  try {
    return { status, stderr, document: JSON.parse(stdout) as Document };
  } catch {
    throw new Error(`stdout is not one JSON document:\n${stdout}\nstderr:\n${stderr}`);
  }
}

/** The parts of an `init` or `rebuild` document that tests look at. */
export interface IngestDocument {
  readonly ok: boolean;
  readonly documents: {
    readonly found: number;
    readonly unchanged: number;
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
    readonly failed: readonly { readonly path: string; readonly error: string }[];
  };
  readonly graph: {
    readonly nodes: number;
    readonly chunks: number;
    readonly edges: number;
    readonly unresolvedLinks: number;
  };
  readonly embedding: {
    readonly model: string;
    readonly texts: number;
    readonly hits: number;
    readonly misses: number;
    readonly modelLoaded: boolean;
  };
}

/** Runs `amalfa init` in a project. */
export function init(folder: { readonly path: string }, ...flags: string[]) {
  return amalfaJson<IngestDocument>(["init", ...flags], { cwd: folder.path });
}

export interface ErrorDocument {
  readonly ok: false;
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}
