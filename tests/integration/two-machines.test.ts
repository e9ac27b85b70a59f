/**
 * A server on one machine and its clients on another, by network namespaces: with tokens and TLS, and behind a proxy.
 * With `check:full` only; it needs root, `ip`, nginx and openssl.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { amalfaJson, CLI, init } from "../helpers/amalfa.ts";
import { NGINX } from "../helpers/file-servers.ts";
import { CAN_HAVE_MACHINES, type Machine, TwoMachines } from "../helpers/machines.ts";
import { notesFolder } from "../helpers/notes.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

setDefaultTimeout(600_000);

const CAN_RUN = CAN_HAVE_MACHINES && NGINX !== undefined && Bun.which("openssl") !== null;
const CLIENT = join(import.meta.dir, "../helpers/remote-client.ts");
const DIRECT = 3011;
const PROXY = 8443;
const BEHIND = 3012;
const NOTE = "amalfa://document/soil/worms.md";

let folders: { readonly direct: TempFolder; readonly behind: TempFolder };
let machines: TwoMachines;
let token: string;
const state = () => ({ XDG_STATE_HOME: folders.direct.join(".state") });

describe.skipIf(!CAN_RUN)("two machines", () => {
  beforeAll(async () => {
    folders = { direct: notesFolder(), behind: notesFolder() };
    const { direct, behind } = folders;
    for (const folder of [direct, behind]) await init(folder);
    machines = await TwoMachines.start();
    certify(direct);
    const add = ["serve", "token", "add", "--right", "read", "--project", direct.path, behind.path];
    token = (await amalfaJson<{ token: string }>(add, { cwd: direct.path, env: state() })).document.token;
    const { address } = machines.server;
    const tls = ["--tls-cert", direct.join("cert.pem"), "--tls-key", direct.join("key.pem")];
    await listening(machines.server, direct, ["--http", `${address}:${DIRECT}`, ...tls]);
    const host = ["--allow-host", "notes.example"];
    await listening(machines.server, behind, ["--http", `127.0.0.1:${BEHIND}`, ...host]);
    await proxy(direct);
  });

  afterAll(async () => {
    await machines[Symbol.asyncDispose]();
    for (const folder of Object.values(folders)) folder[Symbol.dispose]();
  });

  describe.each([
    ["over TLS", DIRECT],
    ["through a proxy with TLS before it", PROXY],
  ] as const)("%s", (_, port) => {
    const url = (path = "/mcp") => `https://${machines.server.address}:${port}${path}`;
    const env = () => ({ NODE_EXTRA_CA_CERTS: folders.direct.join("cert.pem") });
    const command = (...work: string[]) => [process.execPath, CLIENT, url(), token, ...work];
    const ask = async (...work: string[]): Promise<unknown[]> => {
      const { stdout, stderr, status } = await machines.client.run(command(...work), { env: env() });
      expect(status, stderr).toBe(0);
      return stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    };

    test("clients of each era search", async () => {
      expect(await ask("search")).toEqual(Array.from({ length: 3 }, () => ["soil/compost.md"]));
    });

    test("nobody is let in without a token, under another name, or from a page; and little is told", async () => {
      const bearer = `authorization=Bearer ${token}`;
      expect(await ask("status", "/mcp")).toEqual([401]);
      expect(await ask("status", "/mcp", `authorization=Bearer ${token}x`)).toEqual([401]);
      expect(await ask("status", "/mcp", bearer, "origin=https://elsewhere.example")).toEqual([403]);
      if (port === DIRECT)
        expect(await ask("status", "/mcp", bearer, "host=elsewhere.example")).toEqual([403]);
      for (const path of ["/health", "/metrics"]) {
        expect(await ask("status", path)).toEqual([401]);
        expect(await ask("status", path, bearer)).toEqual([200]);
      }
      expect(await ask("status", "/livez")).toEqual([200]);
      const untrusting = await machines.client.run(command("search"));
      expect(untrusting.status).not.toBe(0);
      expect(untrusting.stderr).toMatch(/certificate/i);
    });

    test("a change is told to who listens on the other machine", async () => {
      const listener = machines.client.start(command("listen", NOTE), { env: env() });
      let said = "";
      void collect(listener.stdout, (text) => {
        said += text;
      });
      await until(() => said.includes("listening"), { what: "the client to listen" });
      const folder = port === DIRECT ? folders.direct : folders.behind;
      folder.write({ "soil/worms.md": `Worms, edited for ${port}.\n` });
      await until(() => said.includes(NOTE), { what: "word of the change" });
      listener.kill();
    });

    test("a cable that comes out fails calls and makes none wrong, and they go on with it", async () => {
      const calls = machines.client.start(command("calls", "1000"), { env: env() });
      let said = "";
      void collect(calls.stdout, (text) => {
        said += text;
      });
      await until(() => said.includes("under way"), { what: "calls under way" });
      machines.connected = false;
      await Bun.sleep(300);
      machines.connected = true;
      expect(await calls.exited).toBe(0);
      await until(() => said.trim().endsWith("}"), { what: "what became of them" });
      const counts = JSON.parse(said.trim().split("\n").at(-1) ?? "") as Record<string, number>;
      expect(counts).toMatchObject({ wrong: 0 });
      expect((counts.answered ?? 0) + (counts.failed ?? 0)).toBe(1_000);
      expect(counts.answered).toBeGreaterThan(900);
      expect(await ask("search")).toHaveLength(3);
    });
  });

  test("what listens on the loopback interface of one machine is not there for the other", async () => {
    const url = `http://${machines.server.address}:${BEHIND}/mcp`;
    const { stdout } = await machines.client.run([process.execPath, CLIENT, url, token, "status", "/livez"]);
    expect(stdout).toMatch(/unable to connect/i);
  });
});

/** A certificate for the server's address, signed by itself. */
function certify(folder: TempFolder): void {
  const names = `subjectAltName=IP:${machines.server.address},DNS:notes.example`;
  const { success, stderr } = Bun.spawnSync([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-keyout", folder.join("key.pem"), "-out", folder.join("cert.pem"), "-days", "2"],
    ...["-subj", "/CN=notes.example", "-addext", names],
  ]);
  if (!success) throw new Error(stderr.toString());
}

async function listening(machine: Machine, { path }: TempFolder, args: string[]): Promise<void> {
  const child = machine.start([process.execPath, CLI, "--root", path, "serve", ...args], { env: state() });
  let said = "";
  void collect(child.stderr, (text) => {
    said += text;
  });
  await until(() => said.includes("listening on") || child.exitCode !== null, {
    what: "the server to listen",
  });
  expect(said).toContain("listening on");
}

/** As a proxy is set up: it speaks TLS, calls the server by its public name, and says whom it speaks for. */
async function proxy(folder: TempFolder): Promise<void> {
  const place = (name: string) => folder.join(`.proxy/${name}`);
  folder.write({
    ".proxy/nginx.conf": `
      daemon off; worker_processes 1; pid ${place("pid")}; error_log ${place("error.log")}; user root;
      events { worker_connections 256; }
      http {
        access_log off; client_body_temp_path ${place("body")}; proxy_temp_path ${place("proxy")};
        fastcgi_temp_path ${place("fastcgi")}; uwsgi_temp_path ${place("uwsgi")}; scgi_temp_path ${place("scgi")};
        server {
          listen ${machines.server.address}:${PROXY} ssl;
          ssl_certificate ${folder.join("cert.pem")}; ssl_certificate_key ${folder.join("key.pem")};
          location / {
            proxy_pass http://127.0.0.1:${BEHIND};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host notes.example;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_buffering off;
          }
        }
      }`,
  });
  machines.server.start([
    NGINX ?? "",
    ...["-p", place(""), "-c", place("nginx.conf"), "-e", place("error.log")],
  ]);
  const probe = ["status", "/livez"];
  const url = `https://${machines.server.address}:${PROXY}/`;
  const options = { env: { NODE_EXTRA_CA_CERTS: folder.join("cert.pem") } };
  const answers = async () =>
    (await machines.client.run([process.execPath, CLIENT, url, token, ...probe], options)).stdout.trim() ===
    "200";
  await until(answers, { what: "the proxy to answer" });
}

async function collect(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const bytes of stream) add(decoder.decode(bytes, { stream: true }));
}
