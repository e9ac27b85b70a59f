/** A server that speaks S3, on a port and in a folder that it is given; it keeps one bucket. */
import { readFileSync } from "node:fs";
import S3rver from "s3rver";

const [port, directory, address, key, cert] = process.argv.slice(2);
const encrypted =
  key === undefined || cert === undefined ? {} : { key: readFileSync(key), cert: readFileSync(cert) };
await new S3rver({
  port: Number(port),
  address: address ?? "127.0.0.1",
  directory: directory!,
  silent: true,
  configureBuckets: [{ name: "bucket" }],
  ...encrypted,
}).run();
