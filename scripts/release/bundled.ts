/** What is published inside amalfa's package, and what of it. Pure, for `bundle-runtime.ts` and the release. */

/** As Node names them: `process.platform` and `process.arch`. */
export interface Platform {
  readonly os: string;
  readonly cpu: string;
}

/** The platforms of which the ONNX runtime is published. */
export const RUNTIME_PLATFORMS: readonly Platform[] = [
  { os: "linux", cpu: "x64" },
  { os: "linux", cpu: "arm64" },
  { os: "darwin", cpu: "arm64" },
  { os: "win32", cpu: "x64" },
  { os: "win32", cpu: "arm64" },
];

export interface Bundled {
  readonly name: string;
  /** What runs on every platform. */
  readonly keep: RegExp;
  /** What only one platform loads. */
  readonly platform?: RegExp;
  /** What it loads of other packages; the rest of its dependencies serve its scripts. */
  readonly dependencies: readonly string[];
}

export const BUNDLED: readonly Bundled[] = [
  {
    name: "onnxruntime-node",
    keep: /^(package\.json|README\.md|dist\/.+\.(js|d\.ts))$/,
    // Not the providers for graphics cards, which the library loads when they are asked for, and a name of the macOS
    // library that nobody uses.
    platform:
      /^bin\/napi-v6\/(?<os>\w+)\/(?<cpu>\w+)\/(onnxruntime_binding\.node|libonnxruntime\.so\.1|libonnxruntime\.1\.dylib|onnxruntime\.dll)$/,
    dependencies: ["onnxruntime-common"],
  },
  {
    name: "onnxruntime-common",
    keep: /^(package\.json|README\.md|dist\/.+\.(js|d\.ts)|dist\/.+\/package\.json)$/,
    dependencies: [],
  },
  {
    name: "@parcel/watcher",
    // Without `binding.gyp`, for which npm would start a compiler.
    keep: /^(package\.json|README\.md|LICENSE|(index|wrapper)\.js|index\.d\.ts)$/,
    dependencies: ["detect-libc", "is-glob", "picomatch"],
  },
  {
    name: "web-tree-sitter",
    // Without what is for looking for faults in it. Bytecode requires what the bundle without it imports.
    keep: /^(package\.json|LICENSE|web-tree-sitter\.(js|cjs|wasm|d\.ts))$/,
    dependencies: [],
  },
  {
    name: "@vscode/tree-sitter-wasm",
    // The grammars that are used, and not its own copy of the parser.
    keep: /^(package\.json|LICENSE|wasm\/tree-sitter-(typescript|tsx|javascript|python|go|rust)\.wasm)$/,
    dependencies: [],
  },
];

export function isKept(bundled: Bundled, path: string, platforms: readonly Platform[]): boolean {
  if (bundled.keep.test(path)) return true;
  const found = bundled.platform?.exec(path)?.groups;
  return found !== undefined && platforms.some(({ os, cpu }) => os === found.os && cpu === found.cpu);
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A package's manifest without scripts and what they need: an installer has nothing to run. */
export function slimManifest(bundled: Bundled, manifest: Manifest): Manifest {
  const { scripts: _scripts, devDependencies: _dev, dependencies = {}, ...rest } = manifest;
  const loaded = Object.entries(dependencies).filter(([name]) => bundled.dependencies.includes(name));
  return loaded.length === 0 ? rest : { ...rest, dependencies: Object.fromEntries(loaded) };
}
