/** What calls a vector daemon, as an embedder of the project or as anybody else. */
import { connect } from "node:net";
import { createEmbedder } from "../../src/embedding/embedder.ts";
import { findModel } from "../../src/project/models.ts";
import { startBackendFor } from "../../src/services/vector-daemon/backend.ts";
import type { ServiceProject } from "./services.ts";
import { until } from "./until.ts";

export const model = findModel("all-MiniLM-L6-v2")!;

/** An embedder of the project, with what it warned of. */
export function embedderIn(project: ServiceProject) {
  const warnings: string[] = [];
  const onWarning = (message: string) => void warnings.push(message);
  const { paths } = project;
  const embedder = createEmbedder({
    model,
    cachePath: paths.vectorCache,
    modelsDirectory: paths.models,
    onWarning,
    startBackend: () => startBackendFor({ paths, model, workers: 1, onWarning }),
  });
  return { embedder, warnings };
}

/** What is answered to a body that does not say how long it is, before its end has been sent. */
export async function answerWhileSending(url: string, bytes: number, headers = ""): Promise<string> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  let said = "";
  socket.on("error", () => {});
  socket.on("data", (data) => {
    said += String(data);
  });
  socket.write(`POST /embed HTTP/1.1\r\nhost: ${host}\r\n${headers}transfer-encoding: chunked\r\n\r\n`);
  socket.write(`${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`);
  await until(() => said.includes("\r\n\r\n"), { what: "an answer" });
  socket.destroy();
  return said.slice(0, said.indexOf("\r\n"));
}
