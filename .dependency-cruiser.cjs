// The layers, from the top: a file may import its own layer and those below it, never one above.
// `sqlite` and `config` are the ground that everything stands on.
const above = {
  config: "^src/(cli|mcp|maintenance|services|knowledge|ingest|embedding|store|sqlite)",
  sqlite: "^src/(cli|mcp|maintenance|services|knowledge|ingest|embedding|store)",
  store: "^src/(cli|mcp|maintenance|services|knowledge|ingest|embedding)",
  embedding: "^src/(cli|mcp|maintenance|services|knowledge|ingest|store)",
  ingest: "^src/(cli|mcp|maintenance|services|knowledge)",
  knowledge: "^src/(cli|mcp|maintenance|services)",
  services: "^src/(cli|mcp|maintenance)",
  maintenance: "^src/(cli|mcp)",
  mcp: "^src/(cli|maintenance)",
};

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
    ...Object.entries(above).map(([layer, path]) => ({
      name: `${layer}-imports-downward`,
      severity: "error",
      from: { path: `^src/${layer}/` },
      to: { path },
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
