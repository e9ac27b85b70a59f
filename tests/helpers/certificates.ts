/** Certificates of an authority of a test's own. */
import type { TempFolder } from "./temp-folder.ts";

export interface Certificates {
  /** The authority's, of the server, and the server's key: files. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** @param address by which the server is called, besides `localhost` */
export function makeCertificates(folder: TempFolder, address = "127.0.0.1"): Certificates {
  folder.write({ "names.cnf": `subjectAltName=DNS:localhost,IP:${address}\n` });
  const script = `
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.crt -subj /CN=own-authority
    openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out server.crt -extfile names.cnf
  `;
  const { exitCode, stderr } = Bun.spawnSync(["sh", "-ec", script], { cwd: folder.path, stderr: "pipe" });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return {
    authority: folder.join("ca.crt"),
    certificate: folder.join("server.crt"),
    key: folder.join("server.key"),
  };
}
