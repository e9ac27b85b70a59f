const { readdirSync } = require("node:fs");
const { join } = require("node:path");

// The layers, from the ground: a file may import its own layer and those below it, never one above or beside.
const LAYERS = [
  ["system"],
  ["sqlite"],
  ["project"],
  ["embedding", "graph"],
  ["ingest"],
  ["knowledge"],
  ["services"],
  ["maintenance", "mcp"],
  ["cli"],
];

const downward = LAYERS.flatMap((layers, height) =>
  layers.map((layer) => ({
    layer,
    others: LAYERS.slice(height)
      .flat()
      .filter((name) => name !== layer),
  })),
).filter(({ others }) => others.length > 0);

// A folder's face is its index.ts. Whoever lies in the folder or below it may import its files; everybody else, its face.
const folders = readdirSync("src", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => join(entry.parentPath, entry.name).replaceAll("\\", "/"))
  .filter((folder) => !/^src\/cli(\/|$)/.test(folder));

const throughFaces = folders.map((folder) => ({
  name: `face-of-${folder.slice("src/".length)}`,
  severity: "error",
  from: { pathNot: `^${folder}/` },
  to: { path: `^${folder}/[^/]+$`, pathNot: `^${folder}/index[.]ts$` },
}));

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-orphans", severity: "error", from: { orphan: true, pathNot: "^src/cli\\.ts$" }, to: {} },
    {
      name: "not-to-dev-dep",
      severity: "error",
      from: { path: "^src" },
      to: { dependencyTypes: ["npm-dev"] },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^bun(:|$)" },
    },
    {
      // The library and the composition stand on all layers; of these only the command line stands on them.
      name: "not-to-the-top",
      severity: "error",
      from: { path: "^src/[^/]+/", pathNot: "^src/cli/" },
      to: { path: "^src/[^/]+$" },
    },
    ...throughFaces,
    ...downward.map(({ layer, others }) => ({
      name: `${layer}-imports-downward`,
      severity: "error",
      from: { path: `^src/${layer}/` },
      to: { path: `^src/(${others.join("|")})/` },
    })),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
    builtInModules: { add: ["bun", "bun:sqlite", "bun:test", "bun:ffi"] },
  },
};
