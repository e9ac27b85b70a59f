/**
 * A machine with a network of its own, and without the runtime of models: it takes all vectors of a clone from what the
 * first machine has put to each kind of server, encrypted and signed, and computes nothing (I2, I3).
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { amalfaJson, CLI, type ErrorDocument, type IngestDocument, init } from "../helpers/amalfa.ts";
import { type Certificates, makeCertificates } from "../helpers/certificates.ts";
import { hasCorpus, unpackCorpus } from "../helpers/corpora.ts";
import { FileServer, NGINX, type ServerPlace } from "../helpers/file-servers.ts";
import { freePort } from "../helpers/free-port.ts";
import { graphDigest } from "../helpers/graph-rows.ts";
import { expectDescribed } from "../helpers/json-documents.ts";
import { CAN_HAVE_MACHINES, TwoMachines } from "../helpers/machines.ts";
import { inOwnMounts, mountOwn } from "../helpers/own-mounts.ts";
import { GRAPH } from "../helpers/project-files.ts";
import { REDIS, RedisProcess, VALKEY } from "../helpers/redis.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

setDefaultTimeout(600_000);

const TOP = join(import.meta.dir, "../..");
const RUNTIME = realpathSync(join(TOP, "node_modules/onnxruntime-node"));
const CORPUS = hasCorpus("rust-book") ? "the Rust book" : "this documentation";

interface Ingest extends IngestDocument {
  readonly durationMs: number;
  readonly embedding: IngestDocument["embedding"] & {
    readonly remote?: { readonly hits: number; readonly refused: number; readonly fault: string | null };
  };
}

interface Server extends AsyncDisposable {
  readonly url: string;
  readonly env?: Readonly<Record<string, string>>;
}

const SERVERS: Readonly<
  Record<string, { readonly isThere: boolean; start(place: ServerPlace): Promise<Server> }>
> = {
  Redis: { isThere: REDIS !== undefined, start: (place) => startRedis(place, REDIS) },
  Valkey: { isThere: VALKEY !== undefined, start: (place) => startRedis(place, VALKEY) },
  "object storage": { isThere: true, start: (place) => FileServer.s3(place) },
  nginx: { isThere: NGINX !== undefined, start: (place) => FileServer.nginx("", place) },
};

async function startRedis({ address, certificates }: ServerPlace, program = REDIS): Promise<Server> {
  const port = await freePort();
  const { authority, certificate, key } = certificates;
  const server = await RedisProcess.start(
    [
      ...["--bind", "127.0.0.1", address, "--requirepass", "of-the-team"],
      ...["--tls-port", String(port), "--tls-auth-clients", "no", "--tls-ca-cert-file", authority],
      ...["--tls-cert-file", certificate, "--tls-key-file", key],
    ],
    program,
  );
  return {
    url: `rediss://:of-the-team@${address}:${port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe.skipIf(!CAN_HAVE_MACHINES)("with root of a Linux machine, which makes a second one", () => {
  let machines: TwoMachines;
  let certificates: Certificates;
  let first: TempFolder;
  let begun: IngestDocument;
  const files = new TempFolder();

  beforeAll(async () => {
    machines = await TwoMachines.besideThis();
    certificates = makeCertificates(files, machines.server.address);
    first = clone();
    begun = (await init(first, "--no-remote-cache")).document;
  });
  afterAll(async () => {
    await machines[Symbol.asyncDispose]();
    first[Symbol.dispose]();
    files[Symbol.dispose]();
  });

  /** Runs the program on the second machine, which has no ONNX runtime. */
  async function there<Document>(folder: TempFolder, env: Readonly<Record<string, string>>) {
    const program = [process.execPath, CLI, "--json", "--quiet", "init"];
    const { stdout, stderr, status } = await machines.client.run(
      inOwnMounts(mountOwn(RUNTIME, "1m"), program),
      {
        cwd: folder.path,
        env: { XDG_CONFIG_HOME: files.join("there"), ...env },
      },
    );
    const document = JSON.parse(stdout) as Document;
    await expectDescribed(["init"], document);
    return { status, document, said: stderr };
  }

  test("that machine computes nothing by itself, so that what it has must have come from elsewhere", async () => {
    using second = clone();
    const { status, document } = await there<ErrorDocument>(second, {});
    expect({ status, ok: document.ok }).toEqual({ status: 1, ok: false });
  });

  for (const [name, { isThere, start }] of Object.entries(SERVERS)) {
    test.skipIf(!isThere)(`${CORPUS} comes from ${name}: 0 computed, no model, the same graph`, async () => {
      await using server = await start({ address: machines.server.address, certificates });
      const env = {
        ...server.env,
        AMALFA_CACHE_REMOTE_URL: server.url,
        AMALFA_CACHE_SIGNING_KEY: "a key of the team",
        NODE_EXTRA_CA_CERTS: certificates.authority,
      };
      const pushed = await amalfaJson(["cache", "push"], { cwd: first.path, env });
      expect(pushed.document).toMatchObject({ ok: true, rows: begun.embedding.texts });
      using second = clone();
      const { status, document, said } = await there<Ingest>(second, {
        ...env,
        AMALFA_CACHE_REMOTE_MODE: "read",
      });
      const { texts } = begun.embedding;
      console.log(`${name}: ${texts} vectors, a first ingest of ${Math.round(document.durationMs)} ms`);
      expect({ status, said }).toEqual({ status: 0, said: "" });
      expect(document.embedding).toMatchObject({ texts, hits: texts, misses: 0, modelLoaded: false });
      expect(document.embedding.remote).toMatchObject({ hits: texts, refused: 0, fault: null });
      expect(graphDigest(second.join(GRAPH))).toBe(graphDigest(first.join(GRAPH)));
    });
  }
});

/** What a colleague has after a clone: the documents alone. */
function clone(): TempFolder {
  if (hasCorpus("rust-book")) return unpackCorpus("rust-book");
  const folder = new TempFolder();
  cpSync(join(TOP, "docs"), folder.join("docs"), { recursive: true });
  return folder;
}
