/**
 * Four machines share their vectors through servers of each kind; machines are killed, and servers and lines die, at
 * moments that a seed decides: no ingest fails, and no vector is ever wrong (I2, I8, I9).
 *
 * `AMALFA_REMOTE_SECONDS=600` makes it go on for ten minutes, `AMALFA_REMOTE_SEED` takes another course.
 */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import {
  amalfa,
  amalfaJson,
  type ErrorDocument,
  type IngestDocument,
  startAmalfa,
} from "../helpers/amalfa.ts";
import { FileServer, NGINX } from "../helpers/file-servers.ts";
import { graphDigest } from "../helpers/graph-rows.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { GRAPH } from "../helpers/project-files.ts";
import { type Random, randomParagraph, seeded } from "../helpers/random.ts";
import { REDIS, RedisProcess, VALKEY } from "../helpers/redis.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { WeakLine } from "../helpers/weak-line.ts";

const SECONDS = Number(process.env.AMALFA_REMOTE_SECONDS ?? 15);
const SEED = Number(process.env.AMALFA_REMOTE_SEED ?? 18);
const MACHINES = 4;
const NOTES = 160;

setDefaultTimeout(300_000 + SECONDS * 2_000);
useMadeUpModel();

/** All that any machine may write: a vector of anything else is nobody's. */
const POOL: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: NOTES }, (_, at) => {
    const random = seeded(at);
    return [`docs/note-${at}.md`, `# Note ${at}\n\n${randomParagraph(random)}\n`];
  }),
);

const SETTINGS = { "amalfa.settings.json": '{"sources": ["docs"]}' };

/** A server behind a line that can be cut; some lose what they hold when they die. */
interface Shared {
  readonly line: WeakLine;
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** A cut line leaves half an object, which object storage does not do: s3rver writes into the file that is read. */
  readonly writesInPlace?: true;
  /** Kills it, and starts another in its place. */
  readonly replace?: () => Promise<number>;
}

interface Counts {
  ingests: number;
  others: number;
  killed: number;
  cuts: number;
  serversKilled: number;
  faults: number;
  fromRemote: number;
  computed: number;
  proved: number;
}

class Machine implements Disposable {
  readonly folder = new TempFolder().write(SETTINGS);
  readonly #home = new TempFolder();
  readonly #random: Random;
  readonly #expected: ReadonlyMap<string, string>;
  readonly #counts: Counts;

  constructor(seed: number, expected: ReadonlyMap<string, string>, counts: Counts) {
    this.#random = seeded(seed);
    this.#expected = expected;
    this.#counts = counts;
  }

  async step(servers: readonly Shared[]): Promise<void> {
    const random = this.#random;
    this.#edit();
    const server = random.pick(servers);
    const args = random.pick([
      ["init"],
      ["init"],
      ["init"],
      ["rebuild"],
      ["cache", "push"],
      ["cache", "pull"],
    ]);
    if (random.oneIn(8)) await amalfa(["cache", "clear", "--yes"], this.#options(server));
    if (random.oneIn(3)) await this.#kill(args, server);
    else await this.#run(args, server);
    this.prove();
  }

  async last(): Promise<string> {
    this.folder.write(POOL);
    const { status } = await amalfaJson(["init", "--no-remote-cache"], { cwd: this.folder.path });
    expect(status).toBe(0);
    this.prove();
    return graphDigest(this.folder.join(GRAPH));
  }

  /** Every vector that lies here is that of its text, bit by bit. */
  prove(): void {
    for (const [key, vector] of vectorsOf(this.folder)) {
      if (this.#expected.get(key) !== vector) throw new Error(`The vector of ${key} is wrong.`);
      this.#counts.proved++;
    }
  }

  #options(server: Shared) {
    const own = { XDG_STATE_HOME: this.#home.path, XDG_CONFIG_HOME: this.#home.path };
    const env = { ...own, ...server.env, AMALFA_CACHE_REMOTE_URL: server.url };
    return { cwd: this.folder.path, env };
  }

  #edit(): void {
    const random = this.#random;
    for (const [path, text] of Object.entries(POOL)) {
      if (random.oneIn(4)) this.folder.write({ [path]: text });
      else if (random.oneIn(6)) rmSync(this.folder.join(path), { force: true });
    }
    this.folder.write({ "docs/note-0.md": POOL["docs/note-0.md"]! });
  }

  async #kill(args: readonly string[], server: Shared): Promise<void> {
    const child = startAmalfa(args, this.#options(server));
    await Promise.race([Bun.sleep(this.#random.between(100, 3_000)), child.exited]);
    if (child.exitCode === null) this.#counts.killed++;
    child.kill("SIGKILL");
    await child.exited;
  }

  async #run(args: readonly string[], server: Shared): Promise<void> {
    const [command, ...flags] = args;
    const emptied = command === "init" ? ["--allow-empty"] : [];
    const outcome = await amalfaJson<(IngestDocument & Partial<WithRemote>) | ErrorDocument>(
      [command!, ...flags, ...emptied],
      this.#options(server),
    );
    const { status, document, stderr } = outcome;
    if (command === "cache") {
      this.#counts.others++;
      const code = "error" in document ? document.error.code : "none";
      // Nothing to push yet, nobody who answers, or no packs to fetch from a server of rows.
      expect(["none", "remote.fault", "remote.live", "cache.missing", "database.missing"]).toContain(code);
      return;
    }
    if (status !== 0 || !("embedding" in document))
      throw new Error(`${args.join(" ")}: ${status}\n${stderr}`);
    expect(document.documents.failed).toEqual([]);
    const { misses, remote } = document.embedding as IngestDocument["embedding"] & WithRemote;
    this.#counts.ingests++;
    this.#counts.computed += misses;
    this.#counts.fromRemote += remote?.hits ?? 0;
    if ((remote?.fault ?? null) !== null) this.#counts.faults++;
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
    this.#home[Symbol.dispose]();
  }
}

interface WithRemote {
  readonly remote?: { readonly hits: number; readonly fault: string | null };
}

function vectorsOf(folder: TempFolder): [key: string, vector: string][] {
  const path = folder.join(".amalfa/cache/vector_cache.sqlite");
  if (!existsSync(path)) return [];
  using db = new Database(path);
  if (db.query("SELECT 1 FROM sqlite_master WHERE name = 'cache'").get() === null) return [];
  return db.query("SELECT key, hex(vector) FROM cache").values() as [string, string][];
}

async function startServers(all: AsyncDisposableStack): Promise<Shared[]> {
  const shared: Shared[] = [];
  for (const program of [REDIS, VALKEY]) {
    if (program === undefined) continue;
    let server = await RedisProcess.start([], program);
    all.defer(() => server[Symbol.asyncDispose]());
    const line = all.use(await WeakLine.to(server.port));
    const replace = async () => {
      await server[Symbol.asyncDispose]();
      server = await RedisProcess.start([], program);
      return server.port;
    };
    shared.push({ line, url: `redis://127.0.0.1:${line.port}`, env: {}, replace });
  }
  const bucket = all.use(await FileServer.s3());
  const toBucket = all.use(await WeakLine.to(Number(new URL(bucket.env.S3_ENDPOINT!).port)));
  const env = { ...bucket.env, S3_ENDPOINT: `http://127.0.0.1:${toBucket.port}` };
  shared.push({ line: toBucket, url: bucket.url, env, writesInPlace: true });
  if (NGINX !== undefined) {
    const files = all.use(await FileServer.nginx());
    const line = all.use(await WeakLine.to(Number(new URL(files.url).port)));
    shared.push({ line, url: `http://127.0.0.1:${line.port}/packs`, env: {} });
  }
  return shared;
}

/** Lets lines and servers die, one at a time, until it is told to end. */
async function storm(servers: readonly Shared[], counts: Counts, isOver: () => boolean): Promise<void> {
  const random = seeded(SEED);
  while (!isOver()) {
    await Bun.sleep(random.between(200, 4_000));
    const { line, replace } = random.pick(servers);
    line.cut();
    counts.cuts++;
    await Bun.sleep(random.between(0, 400));
    if (replace === undefined || !random.oneIn(3)) line.mend();
    else {
      counts.serversKilled++;
      line.mend(await replace());
    }
  }
}

test(`four machines that share and die for ${SECONDS} s: no wrong vector, and no ingest that fails`, async () => {
  await using all = new AsyncDisposableStack();
  const whole = all.use(new TempFolder().write({ ...SETTINGS, ...POOL }));
  expect(await amalfaJson(["init", "--no-remote-cache"], { cwd: whole.path })).toMatchObject({ status: 0 });
  const expected = new Map(vectorsOf(whole));
  const counts: Counts = {
    ...{ ingests: 0, others: 0, killed: 0, cuts: 0, serversKilled: 0 },
    ...{ faults: 0, fromRemote: 0, computed: 0, proved: 0 },
  };
  const servers = await startServers(all);
  const machines = Array.from({ length: MACHINES }, (_, at) =>
    all.use(new Machine(SEED * MACHINES + at, expected, counts)),
  );
  const end = performance.now() + SECONDS * 1_000;
  const isOver = () => performance.now() > end;
  await Promise.all([
    storm(servers, counts, isOver),
    ...machines.map(async (machine) => {
      do await machine.step(servers);
      while (!isOver());
    }),
  ]);
  // What the servers hold after all of it is right as well: somebody new takes it, and computes the rest.
  for (const server of servers) {
    const env = { ...server.env, AMALFA_CACHE_REMOTE_URL: server.url };
    if (server.writesInPlace === true) {
      using first = new Machine(0, expected, counts);
      const cwd = first.folder.write(POOL).path;
      const { document } = await amalfaJson<{ embedding: WithRemote }>(["init"], { cwd, env });
      const isHalf = document.embedding.remote?.fault?.includes("amalfa cache push") === true;
      if (isHalf) expect(await amalfaJson(["cache", "push"], { cwd, env })).toMatchObject({ status: 0 });
    }
    using fresh = new Machine(0, expected, counts);
    fresh.folder.write(POOL);
    const taken = await amalfaJson(["init"], { cwd: fresh.folder.path, env });
    expect(taken).toMatchObject({
      status: 0,
      document: { embedding: { remote: { refused: 0, fault: null } } },
    });
    fresh.prove();
    expect(graphDigest(fresh.folder.join(GRAPH))).toBe(graphDigest(whole.join(GRAPH)));
  }
  for (const machine of machines) expect(await machine.last()).toBe(graphDigest(whole.join(GRAPH)));
  console.log(`seed ${SEED}, ${SECONDS} s: ${JSON.stringify(counts)}`);
  expect(counts.ingests).toBeGreaterThan(0);
});
