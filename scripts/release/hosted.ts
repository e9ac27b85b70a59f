/**
 * The packages as they are published, for all platforms: amalfa, in which the files of the ONNX runtime's machine
 * code stand for packages of their own, and those packages.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BUNDLED, isKept, type Platform, RUNTIME_PLATFORMS } from "./bundled.ts";
import { command, pack } from "./tools.ts";

export interface Hosted {
  readonly main: string;
  readonly platforms: readonly { readonly name: string; readonly tarball: string }[];
}

interface Request {
  /** The clone. */
  readonly root: string;
  /** The unpacked package of the clone; it becomes the one that is published. */
  readonly inside: string;
  readonly work: string;
  readonly out: string;
}

const BINDING = "onnxruntime_binding.node";

export async function makeHosted({ root, inside, work, out }: Request): Promise<Hosted> {
  const manifest = JSON.parse(readFileSync(join(inside, "package.json"), "utf8"));
  const complete = await completeRuntime(root, work);
  const platforms = [];
  for (const platform of RUNTIME_PLATFORMS) {
    const name = `@amalfa/onnx-${platform.os}-${platform.cpu}`;
    const folder = await platformPackage({ name, version: manifest.version, platform, complete, work });
    const tarball = await pack(folder, work, { scripts: false });
    cpSync(tarball, join(out, `${name.slice(1).replace("/", "-")}-${manifest.version}.tgz`));
    platforms.push({ name, tarball });
    await standIn(join(inside, "node_modules/onnxruntime-node", place(platform)), name);
  }
  const watchers = await ownPackagesOfWatcher(inside);
  const runtimes = Object.fromEntries(platforms.map(({ name }) => [name, manifest.version]));
  const optionalDependencies = { ...manifest.optionalDependencies, ...runtimes, ...watchers };
  const published = { ...manifest, optionalDependencies };
  await Bun.write(join(inside, "package.json"), `${JSON.stringify(published, undefined, 2)}\n`);
  const main = await pack(inside, work, { scripts: false });
  cpSync(main, join(out, `amalfa-${manifest.version}.tgz`));
  return { main, platforms };
}

function place({ os, cpu }: Platform): string {
  return `bin/napi-v6/${os}/${cpu}`;
}

/** The runtime with the files of all platforms, in the version of the lock file and proved by its digest. */
async function completeRuntime(root: string, work: string): Promise<string> {
  const folder = join(work, "runtime");
  mkdirSync(folder);
  for (const name of ["package.json", "bun.lock"]) cpSync(join(root, name), join(folder, name));
  await command(
    [process.execPath, "install", "--frozen-lockfile", "--ignore-scripts", "--production"],
    folder,
  );
  return join(folder, "node_modules/onnxruntime-node");
}

interface PlatformPackage {
  readonly name: string;
  readonly version: string;
  readonly platform: Platform;
  readonly complete: string;
  readonly work: string;
}

async function platformPackage(request: PlatformPackage): Promise<string> {
  const { name, version, platform, complete, work } = request;
  const folder = join(work, `${platform.os}-${platform.cpu}`);
  const from = join(complete, place(platform));
  const [runtime] = BUNDLED;
  for (const file of readdirSync(from)) {
    if (runtime !== undefined && isKept(runtime, `${place(platform)}/${file}`, [platform]))
      cpSync(join(from, file), join(folder, file));
  }
  const manifest = {
    name,
    version,
    description: `The ONNX runtime's machine code for amalfa on ${platform.os}, ${platform.cpu}.`,
    license: "MIT",
    os: [platform.os],
    cpu: [platform.cpu],
    ...(platform.os === "linux" ? { libc: ["glibc"] } : {}),
    main: BINDING,
  };
  await Bun.write(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  cpSync(join(complete, "README.md"), join(folder, "README.md"));
  return folder;
}

/**
 * A folder in the place of the runtime's binding, which the runtime loads like the file: so nothing of the runtime's
 * own code is changed.
 */
async function standIn(folder: string, name: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await Bun.write(join(folder, BINDING, "index.js"), `module.exports = require(${JSON.stringify(name)});\n`);
}

/** The watcher's own packages, one a platform: what was bundled of them goes, and installers take what fits. */
async function ownPackagesOfWatcher(inside: string): Promise<Record<string, string>> {
  const folder = join(inside, "node_modules/@parcel");
  const manifest = await Bun.file(join(folder, "watcher/package.json")).json();
  for (const name of readdirSync(folder).filter((name) => name !== "watcher"))
    rmSync(join(folder, name), { recursive: true });
  return manifest.optionalDependencies;
}
