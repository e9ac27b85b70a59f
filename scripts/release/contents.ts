/** What a packed amalfa may hold and what it must hold. Pure: files in, problems out. */
import { MODELS } from "../../src/project/models.ts";
import { PROGRAMS } from "../bundle-program.ts";
import { BUNDLED, type Platform } from "./bundled.ts";

export interface PackedFile {
  /** Inside the package, with slashes. */
  readonly path: string;
  readonly bytes: number;
}

/** What a bundled package says of itself. */
export interface PackedManifest {
  readonly path: string;
  readonly license?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
}

const MODEL_FILES = MODELS.flatMap((model) =>
  Object.values(model.files).map((file) => `models/${model.directory}/${file.path}`),
);

const ALLOWED: readonly RegExp[] = [
  /^(package\.json|README\.md|LICENSE|NOTICE)$/,
  /^bin\/[\w.-]+$/,
  /^dist\/.+\.js$/,
  /^dist\/chunk-[a-z0-9]+\.js\.jsc$/,
  /^src\/.+\.(ts|json)$/,
  /^docs\/.+\.(md|svg|json)$/,
  /^man\/.+\.\d$/,
  /^schemas\/[\w-]+\.json$/,
];

const OF_ALL_PLATFORMS = [
  "package.json",
  "README.md",
  "LICENSE",
  "NOTICE",
  "bin/amalfa.js",
  "bin/no-bunfig.toml",
  "bin/no-paths.json",
  "src/cli.ts",
  ...PROGRAMS.map((program) => `dist/${program.replace(/\.ts$/, ".js")}`),
  "src/index.ts",
  "node_modules/onnxruntime-node/dist/index.js",
  "node_modules/@parcel/watcher/index.js",
  ...MODEL_FILES,
];

/** Licences that let the package be passed on with nothing but their text and their authors' names. */
const LICENCES = new Set([
  ...["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0"],
  ...["PSF-2.0", "Python-2.0"],
]);

const SCRIPTS_AT_INSTALL = ["preinstall", "install", "postinstall"];
const MACHINE_CODE = /\.(node|dll|dylib|exe|a)$|\.so(\.\d+)*$/;
const MOST_BYTES = 118e6;

export function problemsOfFiles(files: readonly PackedFile[], platform: Platform): string[] {
  const paths = new Set(files.map((file) => file.path));
  const here = `${platform.os}/${platform.cpu}`;
  const binding = `node_modules/onnxruntime-node/bin/napi-v6/${here}/onnxruntime_binding.node`;
  const missing = [...OF_ALL_PLATFORMS, binding].filter((path) => !paths.has(path));
  const problems = missing.map((path) => `${path} is missing`);
  for (const { path } of files) {
    const foreign = MACHINE_CODE.test(path) && !path.includes(here) && !path.includes(here.replace("/", "-"));
    if (foreign) problems.push(`${path} is machine code, and not for ${here}`);
    if (path.endsWith("/binding.gyp")) problems.push(`${path} makes installers start a compiler`);
    if (!path.startsWith("node_modules/") && !isOurs(path)) problems.push(`${path} is not on the list`);
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > MOST_BYTES) problems.push(`${bytes} bytes are more than ${MOST_BYTES}`);
  return problems;
}

function isOurs(path: string): boolean {
  if (/\.test\.ts$|(^|\/)(tests?|scripts|\.[^/]+)\//.test(path)) return false;
  return MODEL_FILES.includes(path) || ALLOWED.some((allowed) => allowed.test(path));
}

export function problemsOfManifests(manifests: readonly PackedManifest[]): string[] {
  const names = new Set(manifests.map((manifest) => manifest.path));
  const absent = BUNDLED.filter((bundled) => !names.has(`node_modules/${bundled.name}/package.json`));
  const problems = absent.map((bundled) => `${bundled.name} is not bundled`);
  for (const { path, license, scripts = {} } of manifests) {
    if (typeof license !== "string" || !LICENCES.has(license))
      problems.push(`${path} has a licence that is not on the list: ${JSON.stringify(license)}`);
    const script = SCRIPTS_AT_INSTALL.find((name) => name in scripts);
    if (script !== undefined) problems.push(`${path} runs a script at ${script}`);
  }
  return problems;
}
