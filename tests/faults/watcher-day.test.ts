/**
 * The watcher at work for a day: what it does by itself in hours is done in minutes, and files change all the time.
 * `AMALFA_WATCHER_CYCLES=2880 bun test tests/faults/watcher-day.test.ts` is a change each half a minute of a day.
 */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Health } from "../../src/services/health.ts";
import { readPidFile } from "../../src/services/pid-files/pid-file.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { GRAPH } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

const CYCLES = Number(process.env.AMALFA_WATCHER_CYCLES ?? "36");
/** What the engine keeps for itself comes and goes; a leak grows with each of thousands of cycles. */
const GROWTH_BYTES = 24 * 2 ** 20;
const HELPERS = join(import.meta.dir, "../helpers");

/** A watcher of its own process, and what can be seen of it from outside. */
class Watched implements AsyncDisposable {
  readonly #child: HelperProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #folder: TempFolder;

  private constructor(folder: TempFolder, child: HelperProcess) {
    this.#folder = folder;
    this.#child = child;
    this.#answers = linesOf(child)[Symbol.asyncIterator]();
  }

  static async start(folder: TempFolder): Promise<Watched> {
    const preload = `--preload=${join(HELPERS, "made-up-pool.ts")}`;
    const command = [process.execPath, preload, join(HELPERS, "watch-in-a-hurry.ts"), folder.path];
    const started = new Watched(folder, await HelperProcess.run(command));
    await until(async () => (await started.health()).ready, { what: "a watcher that is ready" });
    return started;
  }

  async health(): Promise<Health> {
    const file = readPidFile(this.#folder.join(".amalfa/runtime/daemon.pid"));
    const port = file.kind === "read" ? file.record?.port : undefined;
    const headers = { connection: "close" };
    return (await (await fetch(`http://127.0.0.1:${port}/health`, { headers })).json()) as Health;
  }

  /** Memory of the watcher after a collection, in bytes. */
  async memory(): Promise<number> {
    this.#child.child.stdin.write("\n");
    this.#child.child.stdin.flush();
    return Number((await this.#answers.next()).value);
  }

  /** How many files and sockets it has open. */
  descriptors(): number {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length;
  }

  /** Processes that it has started. */
  children(): number[] {
    const file = `/proc/${this.#child.pid}/task/${this.#child.pid}/children`;
    return readFileSync(file, "utf8").trim().split(" ").filter(Boolean).map(Number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.child.stdin.end();
    await this.#child.child.exited;
  }
}

async function* linesOf({ child }: HelperProcess): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of child.stdout) {
    text += decoder.decode(part, { stream: true });
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
    }
  }
}

/** Changes something; answers a word that the graph has once it was seen. */
function change(folder: TempFolder, cycle: number): string {
  const word = `zq${cycle.toString(26).replace(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)]!)}`;
  const path = folder.join(`notes/part-${cycle % 5}/note-${cycle % 23}.md`);
  mkdirSync(join(path, ".."), { recursive: true });
  if (cycle % 11 === 7) {
    rmSync(folder.join("notes/moved"), { recursive: true, force: true });
    renameSync(folder.join("notes/part-2"), folder.join("notes/moved"));
    mkdirSync(folder.join("notes/part-2"));
  }
  // One that cannot be read as text, for a while.
  const odd = folder.join("notes/odd.md");
  if (cycle % 13 === 5) writeFileSync(odd, Uint8Array.of(0xff, 0xfe, 0x00, 0xd8, 0x41));
  if (cycle % 13 === 9) rmSync(odd, { force: true });
  if (cycle % 29 === 3) writeFileSync(folder.join("amalfa.settings.json"), settings(cycle));
  writeFileSync(path, `# Note ${cycle}\n\nThe word ${word}. See [[note-${(cycle * 7) % 23}]].\n`);
  return word;
}

function settings(cycle: number): string {
  return `${JSON.stringify({ watch: { debounce: 10 }, excludePatterns: [`never-${cycle}`] })}\n`;
}

async function untilSeen(folder: TempFolder, word: string): Promise<void> {
  await until(
    () => {
      using db = new Database(folder.join(GRAPH), { readonly: true });
      return db.query("SELECT 1 FROM search_index WHERE search_index MATCH ?").get(`text:${word}`) !== null;
    },
    { what: `${word} in the graph` },
  );
}

test.skipIf(process.platform !== "linux")(
  "memory and descriptors of the watcher stay what they were, however long it works",
  async () => {
    using folder = new TempFolder().write({ "amalfa.settings.json": settings(0), "notes/a.md": "# A\n" });
    await using watched = await Watched.start(folder);
    const seen: { memory: number; descriptors: number; children: number }[] = [];
    const look = async (): Promise<void> => {
      const [first] = seen;
      // Whatever is open for a moment is closed again.
      if (first !== undefined)
        await until(
          () => watched.descriptors() <= first.descriptors && watched.children().length <= first.children,
          {
            what: `${first.descriptors} descriptors and ${first.children} processes as at first, not ${watched.descriptors()} and ${watched.children().length},`,
          },
        );
      seen.push({
        memory: await watched.memory(),
        descriptors: watched.descriptors(),
        children: watched.children().length,
      });
    };
    for (let cycle = 1; cycle <= CYCLES; cycle++) {
      const word = change(folder, cycle);
      // What follows the files ends now and then, and is begun anew.
      if (cycle % 31 === 30) for (const pid of watched.children()) process.kill(pid, "SIGKILL");
      await untilSeen(folder, word);
      if (cycle % Math.ceil(CYCLES / 6) === 0) await look();
    }
    // The first ones are of a process that is still warming up.
    const [, warm] = seen;
    const last = seen.at(-1)!;
    console.error(`after ${CYCLES} changes: ${JSON.stringify(seen)}`);
    expect(seen.length).toBeGreaterThanOrEqual(5);
    expect(last.memory - warm!.memory).toBeLessThan(GROWTH_BYTES);
    expect((await watched.health()).status).toBe("ok");
  },
  3_600_000,
);
