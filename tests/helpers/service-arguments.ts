/**
 * The command line of a process of the tests that passes for a service: it is told from other programs by it, so that it
 * looks like that of a real one.
 */
import type { ServiceName } from "../../src/services/service.ts";

const SUB_COMMANDS: Readonly<Record<ServiceName, readonly string[]>> = {
  watcher: ["watcher", "run"],
  vector: ["vector", "run"],
  server: ["serve", "--http"],
  mcp: ["serve"],
};

/** @param program folder of its `cli.ts`, beside this file */
export function serviceCommand(
  program: "registered-service" | "odd-service",
  root: string,
  { service = "watcher", manner = "" }: { readonly service?: ServiceName; readonly manner?: string } = {},
): string[] {
  const script = `${import.meta.dir}/${program}/cli.ts`;
  return [process.execPath, script, "--root", root, ...SUB_COMMANDS[service], manner].filter(
    (one) => one !== "",
  );
}

/** What such a process was started with. */
export function readServiceArguments(): { root: string; service: ServiceName; manner: string } {
  const [, , , root = "", ...rest] = process.argv;
  const names = ["server", "mcp", "watcher", "vector"] as const;
  const service = names.find((name) => SUB_COMMANDS[name].every((word, place) => rest[place] === word));
  if (service === undefined) throw new Error(`${rest.join(" ")} is no service`);
  return { root, service, manner: rest[SUB_COMMANDS[service].length] ?? "" };
}
