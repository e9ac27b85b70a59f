/** What a release says of itself agrees, and what it must not hold is found. */
import { describe, expect, test } from "bun:test";
import packageJson from "../../../package.json" with { type: "json" };
import { PROGRAMS } from "../../../scripts/bundle-program.ts";
import { BUNDLED } from "../../../scripts/release/bundled.ts";
import { problemsOfFiles, problemsOfManifests } from "../../../scripts/release/contents.ts";
import server from "../../../server.json" with { type: "json" };
import { MODELS } from "../../../src/project/models.ts";

const LINUX = { os: "linux", cpu: "x64" };

const NEEDED = [
  ...["package.json", "README.md", "LICENSE", "NOTICE", "src/cli.ts", "src/index.ts"],
  ...PROGRAMS.map((program) => `dist/${program.replace(/\.ts$/, ".js")}`),
  ...["bin/amalfa.js", "bin/no-bunfig.toml", "bin/no-paths.json"],
  "node_modules/onnxruntime-node/dist/index.js",
  "node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node",
  "node_modules/@parcel/watcher/index.js",
  ...MODELS.flatMap(({ directory, files }) =>
    Object.values(files).map(({ path }) => `models/${directory}/${path}`),
  ),
];

const problemsWith = (...paths: string[]) =>
  problemsOfFiles(
    [...new Set([...NEEDED, ...paths])].map((path) => ({ path, bytes: 1 })),
    LINUX,
  );

describe("what is packed", () => {
  test("is what runs", () => {
    expect(problemsWith("node_modules/@parcel/watcher-linux-x64-glibc/watcher.node", "docs/a.md")).toEqual(
      [],
    );
    expect(problemsOfFiles([], LINUX)).toContain("bin/amalfa.js is missing");
  });

  test.each([
    "tests/unit/a.test.ts",
    "src/cli.test.ts",
    "scripts/check.ts",
    "dist/notes.md",
    "models/another/onnx/model.onnx",
    "docs/.amalfa/resonance.db",
    "secrets.env",
    "node_modules/onnxruntime-node/bin/napi-v6/win32/x64/DirectML.dll",
    "node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1",
    "node_modules/anything/binding.gyp",
  ])("has no %s", (path) => expect(problemsWith(path)).toHaveLength(1));

  test("may be passed on, and runs nothing when it is installed", () => {
    const bundled = BUNDLED.map(({ name }) => ({
      path: `node_modules/${name}/package.json`,
      license: "MIT",
    }));
    expect(problemsOfManifests(bundled)).toEqual([]);
    const odd = {
      path: "node_modules/odd/package.json",
      license: "SEE LICENSE IN x",
      scripts: { install: "x" },
    };
    expect(problemsOfManifests([...bundled, odd])).toHaveLength(2);
    expect(problemsOfManifests(bundled.slice(1))).toEqual(["onnxruntime-node is not bundled"]);
  });
});

test("the entry for registries of MCP servers is about this package and starts its server", () => {
  const { name, version } = packageJson;
  expect(server).toMatchObject({
    name: packageJson.mcpName,
    version,
    packages: [{ identifier: name, version }],
  });
  expect(server.packages[0]?.packageArguments[0]).toEqual({ type: "positional", value: "serve" });
  expect(server.description.length).toBeLessThanOrEqual(100);
});
