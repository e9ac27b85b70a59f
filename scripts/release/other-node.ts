/**
 * A Node and an npm beside those of the machine, from their packages: who installs amalfa has any of the versions it
 * says it runs on.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { command } from "./tools.ts";

const NODE = "22.23.3";
const NPM = "11.21.2";

export interface NodePrograms {
  readonly name: string;
  /** Absolute paths. */
  readonly node: string;
  readonly npm: string;
}

/** Installs them below `work`. The package of a platform holds the program itself, so that no script has to run. */
export async function otherNode(work: string, cache: string): Promise<NodePrograms> {
  const folder = join(work, "other-node");
  mkdirSync(folder);
  const system = process.platform === "win32" ? "win" : process.platform;
  const carrier = `node-${system}-${process.arch}`;
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, "--cache", cache];
  await command(["npm", "install", ...flags, `${carrier}@${NODE}`, `npm@${NPM}`], folder);
  const installed = (path: string) => join(folder, "node_modules", path);
  return {
    name: `Node ${NODE} and npm ${NPM}`,
    node: installed(`${carrier}/bin/node`),
    npm: installed("npm/bin/npm-cli.js"),
  };
}
