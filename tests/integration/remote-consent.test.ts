/** A remote vector cache on the command line: who may name one, who is told, and what never shows (I14). */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { amalfa, amalfaJson, type ErrorDocument, type IngestDocument } from "../helpers/amalfa.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { silentServer } from "../helpers/remote.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const home = new TempFolder();
afterAll(() => home[Symbol.dispose]());
const env = { XDG_STATE_HOME: home.join("state"), XDG_CONFIG_HOME: home.join("config") };

interface WithRemote extends IngestDocument {
  readonly embedding: IngestDocument["embedding"] & { readonly remote?: { readonly fault: string | null } };
}

function project(settings: object = {}): TempFolder {
  return new TempFolder().write({
    "docs/a.md": "# Alpha\n\nSome text.\n",
    "amalfa.settings.json": JSON.stringify({ sources: ["docs"], ...settings }),
  });
}

/** Says whether anybody has come. */
function trap() {
  let visits = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        visits++;
        socket.end();
      },
      data() {},
    },
  });
  return {
    url: `redis://127.0.0.1:${listener.port}`,
    visits: () => visits,
    [Symbol.dispose]: () => listener.stop(true),
  };
}

const init = (folder: TempFolder, more: Readonly<Record<string, string>> = {}, ...args: string[]) =>
  amalfaJson<WithRemote>(["init", ...args], { cwd: folder.path, env: { ...env, ...more } });

describe("A remote in the project's settings", () => {
  test("is named and ignored until its user agrees to that very address", async () => {
    using server = trap();
    using folder = project({ cache: { remote: server.url, remoteMode: "readwrite" } });
    const before = await init(folder);
    expect(before).toMatchObject({ status: 0, document: { ok: true, embedding: { misses: 1 } } });
    expect(before.stderr).toContain(server.url);
    expect(before.stderr).toContain("amalfa trust");
    expect(before.document.embedding.remote).toBeUndefined();
    expect(server.visits()).toBe(0);

    const trusted = await amalfa(["trust"], { cwd: folder.path, env });
    expect(trusted.status).toBe(0);
    expect(trusted.stdout).toContain(server.url);
    expect(trusted.stdout).toContain("reveal text");
    folder.write({ "docs/b.md": "# Beta\n" });
    const after = await init(folder);
    expect(after).toMatchObject({ status: 0, document: { embedding: { misses: 1 } } });
    expect(server.visits()).toBeGreaterThan(0);

    using other = trap();
    folder.write({
      "docs/c.md": "# Gamma\n",
      "amalfa.settings.json": JSON.stringify({ sources: ["docs"], cache: { remote: other.url } }),
    });
    expect((await init(folder)).stderr).toContain(other.url);
    expect(other.visits()).toBe(0);
  });

  test("agreed to for reading is not agreed to for writing", async () => {
    using server = trap();
    using folder = project({ cache: { remote: server.url } });
    expect((await amalfa(["trust"], { cwd: folder.path, env })).status).toBe(0);
    const cache = { remote: server.url, remoteMode: "readwrite" };
    folder.write({ "amalfa.settings.json": JSON.stringify({ sources: ["docs"], cache }) });
    expect((await init(folder)).stderr).toContain("nobody has agreed");
    expect(server.visits()).toBe(0);
  });

  test("--no-remote-cache holds for agents too, on stdin and stdout and over HTTP", async () => {
    using server = trap();
    using folder = project({ cache: { remote: server.url } });
    expect((await amalfa(["trust"], { cwd: folder.path, env })).status).toBe(0);
    expect((await init(folder, {}, "--no-remote-cache")).status).toBe(0);
    const served = { root: folder.path, env, args: ["--no-remote-cache"] };
    {
      await using http = await HttpServer.start(served.root, served);
      await http.ready();
      await using alone = await McpClient.connect(served.root, env, undefined, ["--alone", ...served.args]);
      for (const [at, call] of [
        () => alone.call("refresh"),
        () => http.call("refresh"),
        () => alone.call("health"),
        () => http.call("health"),
        () => alone.call("search_documents", { query: "what stands in the second" }),
        () => http.call("search_documents", { query: "what stands in the third" }),
      ].entries()) {
        folder.write({ [`docs/more-${at}.md`]: `# More ${at}\n\nText of its own, ${at}.\n` });
        await call();
        expect({ at, visits: server.visits() }).toEqual({ at, visits: 0 });
      }
      // A bridge that does not say so asks it, as it would alone.
      await using bridged = await McpClient.connect(served.root, env);
      folder.write({ "docs/bridged.md": "# Bridged\n\nText that a bridge brings in.\n" });
      await bridged.call("refresh");
      expect(server.visits()).toBeGreaterThan(0);
    }
  });

  test("consent is listed, and can be taken back", async () => {
    using server = trap();
    using folder = project({ cache: { remote: server.url } });
    const trusted = await amalfaJson(["trust"], { cwd: folder.path, env });
    expect(trusted.document).toMatchObject({
      action: "trust",
      change: "agreed",
      digest: null,
      remote: { url: server.url, mode: "read" },
    });
    const list = await amalfaJson<{ consents: { remote?: string; state: string }[] }>(["trust", "--list"], {
      cwd: folder.path,
      env,
    });
    expect(list.document.consents.find(({ remote }) => remote === server.url)).toMatchObject({
      state: "current",
    });
    expect((await amalfaJson(["trust", "--revoke"], { cwd: folder.path, env })).document).toMatchObject({
      revoked: 1,
    });
    expect((await init(folder)).stderr).toContain("nobody has agreed");
    expect(server.visits()).toBe(0);
  });

  test("holds no password: it is refused without being shown, with the variables to use", async () => {
    for (const remote of [
      "rediss://name:hunter22@cache.example",
      "https://hunter22@host/x",
      "https://host/?t=hunter22",
    ]) {
      using folder = project({ cache: { remote } });
      const { status, document, stderr } = await amalfaJson<ErrorDocument>(["init"], {
        cwd: folder.path,
        env,
      });
      expect(status).toBe(2);
      expect(document.error.code).toBe("config.invalid");
      expect(document.error.message).toContain("AMALFA_CACHE_REMOTE_URL");
      expect(JSON.stringify(document) + stderr).not.toContain("hunter22");
    }
  });

  test("of no known kind is refused, and is not shown either", async () => {
    using folder = project({ cache: { remote: "hunter22://cache.example" } });
    const { status, document } = await amalfaJson<ErrorDocument>(["init"], { cwd: folder.path, env });
    expect(status).toBe(2);
    expect(document.error.message).toContain("rediss://");
    expect(JSON.stringify(document)).not.toContain("hunter22");
  });
});

describe("A remote in the settings of the user", () => {
  const own = (settings: object) => {
    const config = new TempFolder().write({ "amalfa/settings.json": JSON.stringify(settings) });
    return Object.assign(config, { env: { XDG_CONFIG_HOME: config.path } });
  };

  test("is used in every project, without a word of it there", async () => {
    using server = trap();
    using config = own({ cache: { remote: server.url } });
    using folder = project();
    expect(await init(folder, config.env)).toMatchObject({ status: 0 });
    expect(server.visits()).toBeGreaterThan(0);
  });

  test("holds no password either, nor anything else", async () => {
    using folder = project();
    using secret = own({ cache: { remote: "rediss://:hunter22@cache.example" } });
    using unknown = own({ cache: { remotes: "x" } });
    for (const config of [secret, unknown]) {
      const { status, document } = await amalfaJson<ErrorDocument>(["init"], {
        cwd: folder.path,
        env: { ...env, ...config.env },
      });
      expect(status).toBe(2);
      expect(document.error.message).toContain(config.join("amalfa/settings.json"));
      expect(JSON.stringify(document)).not.toContain("hunter22");
    }
  });

  test("that lies in the project is none of the user's", async () => {
    using server = trap();
    using folder = project();
    folder.write({ "config/amalfa/settings.json": JSON.stringify({ cache: { remote: server.url } }) });
    const { status } = await init(folder, { XDG_CONFIG_HOME: folder.join("config") });
    expect(status).toBe(2);
    expect(server.visits()).toBe(0);
  });
});

describe("A remote in the environment", () => {
  test("that is at fault costs one warning, and the exit status is the same", async () => {
    using server = silentServer();
    using folder = project();
    const { status, stderr, document } = await init(folder, { AMALFA_CACHE_REMOTE_URL: server.url });
    expect(status).toBe(0);
    expect(document.embedding).toMatchObject({ misses: 1, remote: { fault: expect.any(String) } });
    expect(stderr.match(/is at fault/g)).toHaveLength(1);
  });

  test("is not asked with --no-remote-cache, by whichever command", async () => {
    using server = trap();
    using folder = project();
    const more = { ...env, AMALFA_CACHE_REMOTE_URL: server.url };
    for (const args of [
      ["init"],
      ["rebuild"],
      ["init", "--force"],
      ["search", "text"],
      ["doctor"],
      ["cache", "stats"],
    ]) {
      await amalfa(["--no-remote-cache", ...args], { cwd: folder.path, env: more });
      await amalfa([...args, "--no-remote-cache"], { cwd: folder.path, env: more });
    }
    expect(server.visits()).toBe(0);
  });

  test("is not asked by a search, which waits for nobody", async () => {
    using server = trap();
    using folder = project();
    await init(folder);
    await amalfa(["search", "text"], {
      cwd: folder.path,
      env: { ...env, AMALFA_CACHE_REMOTE_URL: server.url },
    });
    expect(server.visits()).toBe(0);
  });

  test("keeps its password and the signing key out of everything that is printed or left", async () => {
    using server = trap();
    using folder = project();
    const { port } = new URL(server.url);
    const more = {
      ...env,
      AMALFA_CACHE_REMOTE_URL: `redis://somebody:hunter22@127.0.0.1:${port}`,
      AMALFA_CACHE_SIGNING_KEY: "signing-hunter33",
    };
    let said = "";
    for (const args of [
      ["init"],
      ["rebuild", "--verbose"],
      ["doctor", "--json"],
      ["cache", "stats"],
      ["watcher", "start"],
    ]) {
      const { stdout, stderr } = await amalfa(args, { cwd: folder.path, env: more });
      said += stdout + stderr;
    }
    const { stdout } = await amalfa(["servers", "--json"], { cwd: folder.path, env: more });
    await amalfa(["stop-all"], { cwd: folder.path, env: more });
    said += stdout + contentsBelow(folder.path) + contentsBelow(home.path);
    expect(said).toContain("127.0.0.1");
    expect(said).not.toMatch(/hunter22|somebody|hunter33/);
  });

  test("where nobody asks for one, nothing of it is loaded", async () => {
    using folder = project();
    const { document } = await init(folder);
    expect(document.embedding.remote).toBeUndefined();
    expect(Object.keys(document.embedding).sort()).toEqual([
      "hits",
      "misses",
      "model",
      "modelLoaded",
      "texts",
    ]);
  });
});

function contentsBelow(folder: string): string {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
}
