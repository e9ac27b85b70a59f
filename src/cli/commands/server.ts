/** `amalfa server`: the server over HTTP, in the background. */

import type { Command } from "commander";
import { backgroundCommand } from "../background-service.ts";
import { placeNamed } from "../invocation.ts";
import { addHttpOptions, type HttpFlags } from "./serve.ts";

export function serverCommand(): Command {
  return backgroundCommand({
    service: "server",
    description: "serve many agents over HTTP, in the background",
    options: addHttpOptions,
    args: serveArguments,
  });
}

/** The same that starts it in the foreground; its output goes to a log, where no token belongs. */
function serveArguments(flags: HttpFlags): string[] {
  const { http, workers, tlsCert, tlsKey, allowHost = [], allowOrigin = [], allowWrite } = flags;
  const file = (name: string, path: string | undefined) =>
    path === undefined ? [] : [name, placeNamed(path)];
  return [
    "serve",
    "--no-show-token",
    ...(allowWrite === true ? ["--allow-write"] : []),
    "--http",
    ...(typeof http === "string" ? [http] : []),
    ...(workers === undefined ? [] : ["--workers", String(workers)]),
    ...file("--tls-cert", tlsCert),
    ...file("--tls-key", tlsKey),
    ...allowHost.flatMap((name) => ["--allow-host", name]),
    ...allowOrigin.flatMap((origin) => ["--allow-origin", origin]),
  ];
}
