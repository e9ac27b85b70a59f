/** Servers that keep packs: nginx as anybody would set it up, and a server that speaks S3. Ended by their PIDs. */
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { TempFolder } from "./temp-folder.ts";
import { until } from "./until.ts";

/** Undefined where it is not installed. */
export const NGINX = Bun.which("nginx") ?? Bun.which("/usr/sbin/nginx") ?? undefined;

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
  static async nginx(more = ""): Promise<FileServer> {
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
            listen 127.0.0.1:${port};
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
    const url = `http://127.0.0.1:${port}/packs`;
    await until(async () => (await fetch(`${url}/.keep`)).status > 0, { what: "nginx that answers" });
    return new FileServer(url, folder, child, log);
  }

  static async s3(): Promise<FileServer & { readonly env: Readonly<Record<string, string>> }> {
    const folder = new TempFolder();
    const port = await freePort();
    const program = join(import.meta.dir, "s3-server.ts");
    const child = Bun.spawn([process.execPath, program, String(port), folder.path], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    const endpoint = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(endpoint)).status > 0, { what: "a server that speaks S3" });
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
