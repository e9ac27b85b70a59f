/**
 * Packs of vectors in a bucket or on any web server: what one machine has computed another takes, without a model (I3);
 * nothing is fetched twice, and nothing is taken that is not what its name and its signature say (I8, I9).
 */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packFolder } from "../../src/embedding/remote/pack-index.ts";
import { MODELS } from "../../src/project/index.ts";
import { amalfa, amalfaJson, type ErrorDocument, type IngestDocument } from "../helpers/amalfa.ts";
import { FileServer, NGINX } from "../helpers/file-servers.ts";
import { freePort } from "../helpers/free-port.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

setDefaultTimeout(300_000);

const FOLDER = packFolder(MODELS[0]!.id);

interface Ingest extends IngestDocument {
  readonly embedding: IngestDocument["embedding"] & {
    readonly remote?: { readonly hits: number; readonly refused: number; readonly fault: string | null };
  };
}

/** A checkout on a machine of its own. */
class Machine implements Disposable {
  readonly folder = new TempFolder();
  readonly home = new TempFolder();
  readonly env: Record<string, string>;

  constructor(url: string, more: Readonly<Record<string, string>> = {}) {
    this.env = {
      XDG_STATE_HOME: this.home.path,
      XDG_CONFIG_HOME: this.home.path,
      ...more,
      AMALFA_CACHE_REMOTE_URL: url,
    };
    this.folder.write({ "amalfa.settings.json": '{"sources": ["docs"]}' });
    for (const name of ["alpha", "beta", "gamma"]) this.note(name);
  }

  note(name: string): void {
    this.folder.write({ [`docs/${name}.md`]: `# ${name}\n\nWhat is said of ${name}.\n` });
  }

  json<Document = Record<string, unknown>>(...args: string[]) {
    return amalfaJson<Document>(args, { cwd: this.folder.path, env: this.env });
  }

  init(...args: string[]) {
    return this.json<Ingest>("init", ...args);
  }

  vectors(): string[] {
    using db = new Database(this.folder.join(".amalfa/cache/vector_cache.sqlite"), { readonly: true });
    return db.query("SELECT key || hex(vector) FROM cache ORDER BY key").values().flat() as string[];
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
    this.home[Symbol.dispose]();
  }
}

describe("A server of S3, from npm", () => {
  test("a second machine takes what the first has put there, and computes nothing", async () => {
    await using server = await FileServer.s3();
    using first = new Machine(server.url, server.env);
    const begun = await first.init();
    expect(begun).toMatchObject({
      status: 0,
      document: { embedding: { misses: 3, remote: { fault: null } } },
    });
    expect(begun.stderr).toContain("reveal");
    using second = new Machine(server.url, server.env);
    const taken = await second.init();
    expect(taken.document.embedding).toMatchObject({
      hits: 3,
      misses: 0,
      modelLoaded: false,
      remote: { hits: 3 },
    });
    expect(second.vectors()).toEqual(first.vectors());
  });

  test("without credentials the run is local, with one warning that names the variables", async () => {
    await using server = await FileServer.s3();
    using machine = new Machine(server.url, { S3_ENDPOINT: server.env.S3_ENDPOINT! });
    const { status, stderr, document } = await machine.init();
    expect({ status, misses: document.embedding.misses }).toEqual({ status: 0, misses: 3 });
    expect(stderr).toContain("AWS_ACCESS_KEY_ID");
    expect(stderr.match(/is at fault/g)).toHaveLength(1);
  });
});

test("a web server that is not there makes the run local, with one warning and without the password", async () => {
  using machine = new Machine(`http://somebody:hunter22@127.0.0.1:${await freePort()}/packs`);
  const { status, stderr, document } = await machine.init();
  expect({ status, misses: document.embedding.misses }).toEqual({ status: 0, misses: 3 });
  expect(stderr.match(/is at fault/g)).toHaveLength(1);
  expect(stderr + JSON.stringify(document)).not.toMatch(/hunter22|somebody/);
});

describe.skipIf(NGINX === undefined)("nginx, where it is installed", () => {
  const packsOf = (server: FileServer) =>
    readdirSync(server.files.join("files", FOLDER)).filter((name) => name.endsWith(".pack"));
  const placeOf = (server: FileServer, name: string) => server.files.join("files", FOLDER, name);

  test("a second machine computes nothing, and nothing is fetched twice", async () => {
    await using server = await FileServer.nginx();
    using first = new Machine(server.url);
    await first.init();
    expect(packsOf(server)).toHaveLength(1);
    using second = new Machine(server.url);
    expect((await second.init()).document.embedding).toMatchObject({
      ...{ hits: 3, misses: 0, modelLoaded: false },
      remote: { hits: 3 },
    });
    expect(second.vectors()).toEqual(first.vectors());
    second.note("delta");
    expect((await second.init()).document.embedding).toMatchObject({ misses: 1 });
    expect((await second.json("cache", "pull")).document).toMatchObject({ packs: 2, fetched: 0, bytes: 0 });
    const fetched = (await server.requests()).filter((line) => /^GET .*\.pack 200$/.test(line));
    expect(fetched).toHaveLength(1);
    first.note("delta");
    expect((await first.init()).document.embedding).toMatchObject({ hits: 1, misses: 0 });
  });

  test("an ingest that misses nothing asks nobody", async () => {
    await using server = await FileServer.nginx();
    using machine = new Machine(server.url);
    await machine.init();
    const before = (await server.requests()).length;
    await machine.init();
    await machine.json("rebuild");
    expect(await server.requests()).toHaveLength(before);
  });

  test("a dry run says what would be found, and changes nothing anywhere", async () => {
    await using server = await FileServer.nginx();
    using first = new Machine(server.url);
    await first.init();
    using second = new Machine(server.url);
    const { document } = await second.init("--dry-run");
    expect(document.embedding).toMatchObject({ hits: 3, misses: 0 });
    expect(readdirSync(second.folder.path).sort()).toEqual(["amalfa.settings.json", "docs"]);
    second.note("delta");
    await second.init("--dry-run");
    expect(packsOf(server)).toHaveLength(1);
  });

  test("push and pull say what they do, verify, and with --dry-run only say it", async () => {
    await using server = await FileServer.nginx();
    using first = new Machine(server.url);
    await first.init("--no-remote-cache");
    expect((await first.json("cache", "push", "--dry-run")).document).toMatchObject({
      dryRun: true,
      rows: 3,
      packs: 1,
    });
    expect(await first.json("cache", "push", "--verify", "2")).toMatchObject({
      status: 0,
      document: { rows: 3, packs: 1, verified: { compared: 2, mismatches: 0 } },
    });
    expect((await first.json("cache", "push")).document).toMatchObject({ rows: 0, packs: 0 });
    using second = new Machine(server.url);
    expect((await second.json("cache", "pull", "--dry-run")).document).toMatchObject({
      fetched: 1,
      added: 0,
    });
    expect((await second.json("cache", "pull")).document).toMatchObject({ fetched: 1, added: 3, refused: 0 });
    expect((await second.init()).document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
    const shown = await amalfa(["cache", "push"], { cwd: second.folder.path, env: second.env });
    expect(shown.stdout).toContain("has all of it");
  });

  test("what was searched for goes nowhere: only vectors of the project's own passages do", async () => {
    await using server = await FileServer.nginx();
    using first = new Machine(server.url);
    await first.init();
    await first.json("search", "a secret question");
    await first.json("search", "another question");
    expect((await first.json("cache", "push", "--dry-run")).document).toMatchObject({ rows: 0 });
    first.note("delta");
    await first.init();
    using second = new Machine(server.url);
    expect((await second.json("cache", "pull")).document).toMatchObject({ packs: 2, added: 4 });
  });

  test("a cache that was cleared takes the packs again", async () => {
    await using server = await FileServer.nginx();
    using machine = new Machine(server.url);
    await machine.init();
    await machine.json("cache", "clear", "--yes");
    expect((await machine.json("cache", "pull")).document).toMatchObject({ fetched: 1, added: 3 });
    expect(packsOf(server)).toHaveLength(1);
  });

  test("with the mode `read` nothing is put there, by an ingest or by hand", async () => {
    await using server = await FileServer.nginx();
    using machine = new Machine(server.url, { AMALFA_CACHE_REMOTE_MODE: "read" });
    await machine.init();
    const pushed = await machine.json<ErrorDocument>("cache", "push");
    expect(pushed).toMatchObject({ status: 2, document: { error: { code: "remote.mode" } } });
    expect((await server.requests()).filter((line) => !line.startsWith("GET"))).toEqual([]);
  });

  test("packs that are damaged, cut short, gone or something else are not taken", async () => {
    const damages: Readonly<Record<string, (content: Buffer) => Buffer | string>> = {
      "one bit": (content) => {
        content[content.length >> 1]! ^= 4;
        return content;
      },
      "cut short": (content) => content.subarray(0, content.length - 100),
      "something else": () => "<html>It works!</html>",
      larger: (content) => Buffer.concat([content, content]),
    };
    await using server = await FileServer.nginx();
    using first = new Machine(server.url);
    await first.init();
    const [name = ""] = packsOf(server);
    const whole = readFileSync(placeOf(server, name));
    for (const damage of Object.values(damages)) {
      writeFileSync(placeOf(server, name), damage(Buffer.from(whole)));
      using other = new Machine(server.url, { AMALFA_CACHE_REMOTE_MODE: "read" });
      const { status, document } = await other.init();
      expect(status).toBe(0);
      expect(document.embedding).toMatchObject({ hits: 0, misses: 3 });
      expect(other.vectors()).toEqual(first.vectors());
    }
  });

  test("an index that is damaged, or another one, is a fault and no more", async () => {
    await using server = await FileServer.nginx();
    using first = new Machine(server.url);
    await first.init();
    for (const content of [
      "{",
      "[]",
      '{"format":"amalfa packs","version":9}',
      '{"format":"amalfa packs","version":1}',
    ]) {
      writeFileSync(placeOf(server, "index.json"), content);
      using other = new Machine(server.url);
      const { status, document, stderr } = await other.init();
      expect({ status, misses: document.embedding.misses }).toEqual({ status: 0, misses: 3 });
      expect(stderr.match(/is at fault/g)).toHaveLength(1);
    }
    writeFileSync(placeOf(server, "index.json"), "{");
    expect(await first.json("cache", "push")).toMatchObject({ status: 0, document: { rows: 3 } });
    using later = new Machine(server.url);
    expect((await later.init()).document.embedding).toMatchObject({ hits: 3, misses: 0 });
  });

  test("with a signing key packs are taken that somebody with it has put there, and no others", async () => {
    await using server = await FileServer.nginx();
    using stranger = new Machine(server.url);
    await stranger.init();
    using ours = new Machine(server.url, { AMALFA_CACHE_SIGNING_KEY: "ours" });
    const begun = await ours.init();
    expect(begun.document.embedding).toMatchObject({ hits: 0, misses: 3, remote: { refused: 1 } });
    using too = new Machine(server.url, { AMALFA_CACHE_SIGNING_KEY: "ours" });
    expect((await too.init()).document.embedding).toMatchObject({ hits: 3, misses: 0 });
  });

  test("small packs are put together, and those who have them lose nothing", async () => {
    await using server = await FileServer.nginx();
    using first = new Machine(server.url);
    for (let round = 0; round < 9; round++) {
      first.note(`more ${round}`);
      await first.init();
    }
    const { packs } = JSON.parse(readFileSync(placeOf(server, "index.json"), "utf8")) as { packs: unknown[] };
    expect(packs.length).toBeLessThan(8);
    using second = new Machine(server.url);
    for (let round = 0; round < 9; round++) second.note(`more ${round}`);
    expect((await second.init()).document.embedding).toMatchObject({ hits: 12, misses: 0 });
    expect(second.vectors()).toEqual(first.vectors());
    expect((await first.json("cache", "push")).document).toMatchObject({ rows: 0 });
  });

  test("machines that put packs there at the same time lose none of them", async () => {
    await using server = await FileServer.nginx();
    using all = new DisposableStack();
    const machines = [0, 1, 2, 3].map((index) => {
      const machine = all.use(new Machine(server.url));
      machine.note(`own ${index}`);
      return machine;
    });
    await Promise.all(machines.map((machine) => machine.init()));
    for (const machine of machines) await machine.json("cache", "push");
    using last = new Machine(server.url);
    for (const index of [0, 1, 2, 3]) last.note(`own ${index}`);
    expect((await last.init()).document.embedding).toMatchObject({ hits: 7, misses: 0 });
  });

  test("one that is killed while it puts packs there leaves nothing wrong behind", async () => {
    await using server = await FileServer.nginx();
    using first = new Machine(server.url);
    await first.init("--no-remote-cache");
    for (const after of [150, 250, 350, 450]) {
      const program = join(import.meta.dir, "../../src/cli.ts");
      const child = Bun.spawn([process.execPath, program, "cache", "push"], {
        cwd: first.folder.path,
        env: { ...process.env, ...first.env },
        stdio: ["ignore", "ignore", "ignore"],
      });
      await Bun.sleep(after);
      child.kill("SIGKILL");
      await child.exited;
      using other = new Machine(server.url, { AMALFA_CACHE_REMOTE_MODE: "read" });
      expect(await other.init()).toMatchObject({
        status: 0,
        document: { embedding: { texts: 3, remote: { refused: 0 } } },
      });
      expect(other.vectors()).toEqual(first.vectors());
    }
    expect(await first.json("cache", "push")).toMatchObject({ status: 0 });
  });

  test("a password of the address is sent as such, and what it may not do is said", async () => {
    const only = `if ($http_authorization != "Basic bWU6aHVudGVyMjI=") { return 403; }`;
    await using server = await FileServer.nginx(only);
    const url = server.url.replace("//", "//me:hunter22@");
    using machine = new Machine(url);
    const { stderr, document } = await machine.init();
    expect(document.embedding.remote).toMatchObject({ fault: null });
    expect(stderr).not.toContain("hunter22");
    using without = new Machine(server.url);
    expect((await without.init()).document.embedding.remote?.fault).toContain("403");
  });

  test("doctor and cache stats look at its index, and prune takes old packs away", async () => {
    await using server = await FileServer.nginx();
    using machine = new Machine(server.url);
    await machine.init();
    const { document } = await machine.json("cache", "stats");
    expect(document.remote).toMatchObject({ url: server.url, state: "used", entries: 3 });
    const checked = await machine.json<{ checks: { status: string }[] }>("doctor", "--check", "cache.remote");
    expect(checked.document.checks[0]).toMatchObject({ status: "ok" });
    const args = ["cache", "remote", "prune", "--older-than"];
    expect((await machine.json(...args, "1d")).document).toMatchObject({ rows: 3, removed: 0 });
    const index = JSON.parse(readFileSync(placeOf(server, "index.json"), "utf8"));
    for (const pack of index.packs) pack.at = 1;
    writeFileSync(placeOf(server, "index.json"), JSON.stringify(index));
    expect((await machine.json(...args, "1d")).document).toMatchObject({ removed: 3 });
    expect((await machine.json("cache", "stats")).document.remote).toMatchObject({ entries: 0 });
  });
});
