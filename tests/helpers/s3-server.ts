/** A server that speaks S3, on a port and in a folder that it is given; it keeps one bucket. */
import S3rver from "s3rver";

const [port, directory] = process.argv.slice(2);
await new S3rver({
  port: Number(port),
  address: "127.0.0.1",
  directory: directory!,
  silent: true,
  configureBuckets: [{ name: "bucket" }],
}).run();
