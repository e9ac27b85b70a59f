/** Servers that keep packs: nginx as anybody would set it up, and a server that speaks S3. Ended by their PIDs. */
import { join } from "node:path";
import type { Certificates } from "./certificates.ts";
import { freePort } from "./free-port.ts";
import { TempFolder } from "./temp-folder.ts";
import { until } from "./until.ts";

/** Undefined where it is not installed. */
export const NGINX = Bun.which("nginx") ?? Bun.which("/usr/sbin/nginx") ?? undefined;

/** Where a server listens beyond the loopback, encrypted. */
export interface ServerPlace {
  readonly address: string;
  readonly certificates: Certificates;
}

export class FileServer implements AsyncDisposable {
  readonly url: string;
  /** Where the files lie. */
  readonly files: TempFolder;
  readonly #child: Bun.Subprocess;
  readonly #log: string | undefined;

  private constructor(url: string, files: TempFolder, child: Bun.Subprocess, log?: string) {
    this.url = url;
    this.files = files;
    this.#child = child;
    this.#log = log;
  }

  /** @param more lines of the place where the files are */
  static async nginx(more = "", place?: ServerPlace): Promise<FileServer> {
    const folder = new TempFolder();
    const port = await freePort();
    const log = folder.join("requests.log");
    folder.write({
      "files/.keep": "",
      "nginx.conf": `
        daemon off; worker_processes 1; pid ${folder.join("pid")}; error_log ${folder.join("error.log")};
        ${process.getuid?.() === 0 ? "user root;" : ""}
        events { worker_connections 64; }
        http {
          client_body_temp_path ${folder.join("body")}; proxy_temp_path ${folder.join("proxy")};
          fastcgi_temp_path ${folder.join("fastcgi")}; uwsgi_temp_path ${folder.join("uwsgi")};
          scgi_temp_path ${folder.join("scgi")};
          log_format short '$request_method $uri $status'; access_log ${log} short;
          client_max_body_size 64m;
          server {
            ${listening(port, place)}
            location /packs/ { alias ${folder.join("files")}/; dav_methods PUT DELETE; create_full_put_path on; ${more} }
          }
        }`,
    });
    const command = [
      NGINX!,
      "-p",
      folder.path,
      "-c",
      folder.join("nginx.conf"),
      "-e",
      folder.join("error.log"),
    ];
    const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    const url = `${originOf(port, place)}/packs`;
    await until(async () => (await fetch(`${url}/.keep`, TRUSTING)).status > 0, {
      what: "nginx that answers",
    });
    return new FileServer(url, folder, child, log);
  }

  static async s3(
    place?: ServerPlace,
  ): Promise<FileServer & { readonly env: Readonly<Record<string, string>> }> {
    const folder = new TempFolder();
    const port = await freePort();
    const program = join(import.meta.dir, "s3-server.ts");
    const { address = "127.0.0.1", certificates } = place ?? {};
    const encrypted = certificates === undefined ? [] : [certificates.key, certificates.certificate];
    const args = [String(port), folder.path, address, ...encrypted];
    const child = Bun.spawn([process.execPath, program, ...args], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    const endpoint = originOf(port, place);
    await until(async () => (await fetch(endpoint, TRUSTING)).status > 0, {
      what: "a server that speaks S3",
    });
    const env = { S3_ENDPOINT: endpoint, AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER" };
    return Object.assign(new FileServer("s3://bucket/team", folder, child), { env });
  }

  /** What was asked of it so far, a line each: method, path, status. */
  async requests(): Promise<string[]> {
    const text = this.#log === undefined ? "" : await Bun.file(this.#log).text();
    return text.trim().split("\n");
  }

  kill(): void {
    this.#child.kill("SIGTERM");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#child.exited;
    this.files[Symbol.dispose]();
  }
}

/** The test asks only whether its own server is there. */
const TRUSTING = { tls: { rejectUnauthorized: false } };

function originOf(port: number, place: ServerPlace | undefined): string {
  return place === undefined ? `http://127.0.0.1:${port}` : `https://${place.address}:${port}`;
}

/** Lines of nginx's settings. */
function listening(port: number, place: ServerPlace | undefined): string {
  if (place === undefined) return `listen 127.0.0.1:${port};`;
  const { certificate, key } = place.certificates;
  return `listen ${place.address}:${port} ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key};`;
}
