import { expect, test } from "bun:test";
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import packageJson from "../../../package.json" with { type: "json" };
import { slim } from "../../../scripts/bundle-runtime.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const RUNTIME = "node_modules/onnxruntime-node";

function packages(): TempFolder {
  const folder = new TempFolder();
  const runtime = {
    name: "onnxruntime-node",
    version: "1.0.0",
    scripts: { postinstall: "node ./script/install" },
    dependencies: { "onnxruntime-common": "1.0.0", "adm-zip": "1.0.0" },
  };
  const binaries = ["linux/x64", "linux/arm64", "win32/x64"].flatMap((place) => [
    `${RUNTIME}/bin/napi-v6/${place}/onnxruntime_binding.node`,
    `${RUNTIME}/bin/napi-v6/${place}/DirectML.dll`,
  ]);
  return folder.write({
    ...Object.fromEntries(binaries.map((path) => [path, "binary"])),
    [`${RUNTIME}/package.json`]: JSON.stringify(runtime),
    [`${RUNTIME}/dist/index.js`]: "runs",
    [`${RUNTIME}/script/install.js`]: "fetches",
    "node_modules/onnxruntime-common/package.json": '{ "name": "onnxruntime-common" }',
    "node_modules/onnxruntime-common/lib/index.ts": "source",
    "node_modules/@parcel/watcher/package.json":
      '{ "name": "@parcel/watcher", "scripts": { "install": "x" } }',
    "node_modules/@parcel/watcher/binding.gyp": "{}",
    "node_modules/web-tree-sitter/package.json": '{ "name": "web-tree-sitter" }',
    "node_modules/web-tree-sitter/web-tree-sitter.wasm": "parses",
    "node_modules/web-tree-sitter/debug/web-tree-sitter.wasm": "parses slowly",
    "node_modules/@vscode/tree-sitter-wasm/package.json": '{ "name": "@vscode/tree-sitter-wasm" }',
    "node_modules/@vscode/tree-sitter-wasm/wasm/tree-sitter-go.wasm": "a grammar",
    "node_modules/@vscode/tree-sitter-wasm/wasm/tree-sitter-php.wasm": "a grammar that nobody loads",
  });
}

test("packages that are published inside have what runs on this kind of machine, and no script", async () => {
  using folder = packages();
  const manifest = folder.join(RUNTIME, "package.json");
  const cached = folder.join("in-the-cache.json");
  linkSync(manifest, cached);
  const platforms = [{ os: "linux", cpu: "x64" }];
  await slim(folder.join("node_modules"), platforms);
  await slim(folder.join("node_modules"), platforms);
  const left = (path: string): boolean => existsSync(folder.join("node_modules", path));
  expect(left("onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node")).toBe(true);
  expect(left("onnxruntime-node/dist/index.js")).toBe(true);
  expect(left("web-tree-sitter/web-tree-sitter.wasm")).toBe(true);
  expect(left("@vscode/tree-sitter-wasm/wasm/tree-sitter-go.wasm")).toBe(true);
  for (const gone of [
    "onnxruntime-node/bin/napi-v6/linux/arm64",
    "onnxruntime-node/bin/napi-v6/win32",
    "onnxruntime-node/bin/napi-v6/linux/x64/DirectML.dll",
    "onnxruntime-node/script",
    "onnxruntime-common/lib",
    "@parcel/watcher/binding.gyp",
    "web-tree-sitter/debug",
    "@vscode/tree-sitter-wasm/wasm/tree-sitter-php.wasm",
  ])
    expect({ gone, left: left(gone) }).toEqual({ gone, left: false });
  expect(JSON.parse(readFileSync(manifest, "utf8"))).toEqual({
    name: "onnxruntime-node",
    version: "1.0.0",
    dependencies: { "onnxruntime-common": "1.0.0" },
  });
  expect(readFileSync(cached, "utf8")).toContain("postinstall");
});

test("an installer's own store is left alone", async () => {
  using folder = packages();
  using project = new TempFolder();
  mkdirSync(project.join("node_modules"));
  symlinkSync(folder.join(RUNTIME), project.join(RUNTIME));
  expect(slim(project.join("node_modules"), [])).rejects.toThrow("is a link");
  expect(existsSync(folder.join(RUNTIME, "script/install.js"))).toBe(true);
});

test("whatever the program imports is published with it, in the versions that were tested", () => {
  expect(packageJson.bundledDependencies).toEqual(Object.keys(packageJson.dependencies));
});
