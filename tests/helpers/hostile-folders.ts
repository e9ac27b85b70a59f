/**
 * Folders that try to run code of their own, each in one or several of many ways. Whatever runs leaves a file in the
 * folder of traces.
 */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Random } from "./random.ts";

/** What a way to be hostile may use. */
export interface HostilePlace {
  /** Absolute path of the folder. */
  readonly path: string;
  /** A program in JavaScript that leaves a trace. */
  readonly code: string;
  /** A shell command that does. */
  readonly shell: string;
  readonly random: Random;
  /** Absolute path of the program's entry point, which a folder may try to stand in for. */
  readonly program: string;
  /** Writes files by their paths in the folder. */
  readonly write: (files: Readonly<Record<string, string>>) => void;
  readonly link: (path: string, target: string) => void;
}

type Way = (place: HostilePlace) => void;

const PACKAGES = ["onnxruntime-node", "commander", "zod", "@parcel/watcher", "ignore", "yaml", "amalfa"];
const ENV_FILES = [
  ".env",
  ".env.local",
  ".env.development",
  ".env.development.local",
  ".env.production",
  ".env.test",
];

/** By name, so that a failure tells which it was. */
export const WAYS: Readonly<Record<string, Way>> = {
  "bunfig preload": ({ write, code, random }) => {
    const preload = random.pick([
      'preload = ["./setup.ts"]',
      'preload = "./setup.ts"',
      '[run]\npreload = ["./setup.ts"]',
    ]);
    write({ "bunfig.toml": `${preload}\n`, "setup.ts": code });
  },
  "bunfig that is broken": ({ write }) => write({ "bunfig.toml": "preload = [\n" }),
  "bunfig that is a link": ({ write, link, code, path }) => {
    write({ "b.toml": `preload = ["${path}/s.ts"]\n`, "s.ts": code });
    link("bunfig.toml", "b.toml");
  },
  "bunfig with loaders and definitions": ({ write, code }) =>
    write({
      "bunfig.toml": `preload = ["./s.ts"]\n[loader]\n".ts" = "text"\n[define]\n"process.env.HOME" = "'/'"\n[install]\nauto = "force"\n`,
      "s.ts": code,
    }),
  "environment that loads modules": ({ write, code, random, path }) =>
    write({
      [random.pick(ENV_FILES)]: [
        `BUN_OPTIONS=--preload=${path}/s.ts`,
        `NODE_OPTIONS=--require=${path}/s.cjs`,
        `BUN_INSPECT_PRELOAD=${path}/s.ts`,
        `NODE_PATH=${path}/node_modules`,
        `LD_PRELOAD=${path}/s.so`,
        `PATH=${path}/bin`,
      ].join("\n"),
      "s.ts": code,
      "s.cjs": code,
    }),
  "environment that moves what amalfa reads": ({ write, random, path }) =>
    write({
      [random.pick(ENV_FILES)]:
        `VECTOR_PORT=no port\nXDG_STATE_HOME=${path}/state\nAMALFA_MODELS=${path}/models\nHOME=${path}\nAMALFA_LAUNCHER=1\n`,
    }),
  "tsconfig paths": ({ write, code, random, program }) => {
    const paths = random.pick([
      { "*": ["./s.ts"] },
      { [program]: ["./s.ts"] },
      { commander: ["./s.ts"], "node:fs": ["./s.ts"] },
    ]);
    const name = random.pick(["tsconfig.json", "jsconfig.json"]);
    write({ [name]: JSON.stringify({ compilerOptions: { baseUrl: ".", paths } }), "s.ts": code });
  },
  "tsconfig extends": ({ write, code }) =>
    write({
      "tsconfig.json": '{ "extends": ["./base.json"] }',
      "base.json":
        '{ "compilerOptions": { "paths": { "*": ["./s.ts"] }, "jsx": "react-jsx", "jsxImportSource": "./s" } }',
      "s.ts": code,
    }),
  "tsconfig that is broken": ({ write }) => write({ "tsconfig.json": "{ nothing" }),
  "package.json": ({ write, code, shell, program }) =>
    write({
      "package.json": JSON.stringify({
        name: "amalfa",
        type: "commonjs",
        main: "./s.js",
        exports: "./s.js",
        browser: { [program]: "./s.js", "./worker.ts": "./s.js" },
        imports: { "#a": "./s.js", "*": "./s.js" },
        bin: { bun: "./s.js", node: "./s.js" },
        scripts: { [program]: shell, amalfa: shell, preinstall: shell, postinstall: shell, start: shell },
        workspaces: ["*"],
        overrides: { commander: "file:./s.js" },
        trustedDependencies: ["amalfa"],
        patchedDependencies: { "commander@15.1.0": "s.patch" },
      }),
      "s.js": code,
    }),
  "package.json that is broken": ({ write }) => write({ "package.json": "{ nothing" }),
  "packages in the place of amalfa's": ({ write, code }) =>
    write(
      Object.fromEntries(
        PACKAGES.flatMap((name) => [
          [`node_modules/${name}/index.js`, code],
          [`node_modules/${name}/package.json`, `{ "name": "${name}", "main": "index.js" }`],
        ]),
      ),
    ),
  "programs in the place of Bun": ({ write, shell, path }) => {
    const names = [
      "bun",
      "node",
      "git",
      "lsof",
      "ps",
      "getent",
      ...["bun", "node", "git", "lsof", "ps", "getent"].map((name) => `node_modules/.bin/${name}`),
      "node_modules/@oven/bun-linux-x64/bin/bun",
    ];
    write(Object.fromEntries(names.map((name) => [name, `#!/bin/sh\n${shell}\n`])));
    for (const name of names) chmodSync(join(path, name), 0o755);
  },
  "a registry and a lock file": ({ write }) =>
    write({
      ".npmrc": "registry=http://127.0.0.1:9/\nignore-scripts=false\n",
      "bun.lock": "{ nothing",
      "bun.lockb": "#!/usr/bin/env bun",
    }),
  "settings that are a program": ({ write, code, random }) => {
    const name = random.pick(["amalfa.config.ts", "amalfa.config.js"]);
    const programs = [
      `${code}\nexport default {};`,
      `module.exports = (() => { ${code} return {}; })();`,
      `export default { get sources() { ${code} return ["."]; } };`,
      `import "./s.ts"; export default {};`,
      `import { x } from "./s.ts" with { type: "macro" }; export default { sources: [x()] };`,
      `import { x } from "./s.ts" with { "type": "\\u006dacro" }; export default { sources: [x()] };`,
      `import { x } from "macro:./s.ts"; export default { sources: [x()] };`,
      `await import("./" + "s.ts"); export default {};`,
      `import x from "hostile"; export default x;`,
      `const x = <div/>; ${code} export default {};`,
    ];
    write({
      [name]: random.pick(programs),
      "s.ts": `${code}\nexport function x() { ${code} return "."; }`,
      "node_modules/hostile/index.js": code,
    });
  },
  "settings that are a program elsewhere": ({ write, link, code }) => {
    write({ "elsewhere/x.ts": `${code}\nexport default {};` });
    link("amalfa.config.ts", "elsewhere/x.ts");
  },
  "consent that came along": ({ write, code }) =>
    write({
      "amalfa.config.ts": `${code}\nexport default {};`,
      ".env": "XDG_STATE_HOME=./state\n",
      "state/amalfa/trusted/0.json":
        '{ "place": "amalfa.config.ts", "digest": "", "files": [], "since": "" }',
    }),
  "settings in JSON with a will of their own": ({ write, shell, random }) =>
    write({
      "amalfa.settings.json": random.pick([
        '{ "__proto__": { "sources": ["/"] }, "constructor": { "prototype": { "x": 1 } } }',
        `{ "sources": ["$(${shell})", "\`${shell}\`"] }`,
        `{ "database": "; ${shell};", "cache": { "path": "|${shell}" } }`,
        `{ "excludePatterns": ["$(${shell})", "!(((((((a)+)+)+)+)+)+)$"] }`,
        `{ "embeddings": { "model": "../../models/x" } }`,
      ]),
    }),
  "markdown with code": ({ write, code, shell }) =>
    write({
      "front.md": `---js\n{ title: (() => { ${code} })() }\n---\n# A\n`,
      "yaml.md": `---\ntitle: !!js/function 'function () { ${code} }'\nx: !!python/object/apply:os.system ["${shell}"]\n---\n# A\n`,
      "page.mdx": `import x from "./s.ts"\nexport const y = (() => { ${code} })()\n\n# A\n\n{(() => { ${code} })()}\n`,
      "html.md": `# A\n\n<script>${code}</script>\n\n\`\`\`js\n${code}\n\`\`\`\n`,
      "s.ts": code,
    }),
  "names that a shell would read": ({ write, shell }) =>
    write({
      [`$(${shell.replaceAll("/", "\\")}).md`]: "# A\n",
      "; id > x;.md": "# A\n",
      "`id`.md": "# A\n",
      "-rf.md": "# A\n",
      "a\nb.md": "# A\n",
    }),
  "sources that are links": ({ link, write }) => {
    write({ "inside/a.md": "# A\n" });
    link("out.md", "/etc/hostname");
    link("device.md", "/dev/zero");
    link("loop", ".");
    link("up", "..");
    link("round.md", "round.md");
    link("in.md", "inside/a.md");
  },
  "sources that are pipes": ({ path, write }) => {
    write({ "a.md": "# A\n" });
    Bun.spawnSync(["mkfifo", join(path, "pipe.md"), join(path, ".gitignore")]);
  },
  "a repository with programs": ({ write, shell, path }) => {
    const hooks = ["pre-commit", "post-checkout", "fsmonitor-watchman"].map((name) => `.git/hooks/${name}`);
    write({
      ".git/HEAD": "ref: refs/heads/main\n",
      ".git/config": `[core]\n\tfsmonitor = "${shell}"\n\tsshCommand = "${shell}"\n\thooksPath = hooks\n\tpager = "${shell}"\n\texcludesFile = "|${shell}"\n[include]\n\tpath = /dev/zero\n[filter "x"]\n\tclean = "${shell}"\n[alias]\n\tstatus = "!${shell}"\n`,
      ".gitattributes": "* filter=x diff=x\n",
      ...Object.fromEntries(hooks.map((hook) => [hook, `#!/bin/sh\n${shell}\n`])),
    });
    for (const hook of hooks) chmodSync(join(path, hook), 0o755);
  },
  "a .git that leads elsewhere": ({ write, random }) =>
    write({
      ".git": `gitdir: ${random.pick(["/", "/dev/zero", "../..", "/proc/self/cwd", "x".repeat(9000), ".git", "\0"])}\n`,
    }),
  "an .amalfa with programs": ({ write, code, shell }) =>
    write({
      ".amalfa/resonance.db": "not a database",
      ".amalfa/cache/vector_cache.sqlite": "not one either",
      ".amalfa/cache/models/Xenova/all-MiniLM-L6-v2/onnx/model_quantized.onnx": code,
      ".amalfa/cache/models/Xenova/all-MiniLM-L6-v2/tokenizer.json": "{}",
      ".amalfa/runtime/daemon.pid": `1\n${shell}\n`,
      ".amalfa/bunfig.toml": 'preload = ["./s.ts"]\n',
      ".amalfa/s.ts": code,
    }),
  "an .amalfa that is a link": ({ link }) => link(".amalfa", "/nonexistent/elsewhere"),
};

/**
 * Makes a folder with a note in it that is hostile in the given ways. @param traces absolute path of the folder of
 * traces
 */
export function makeHostile(
  path: string,
  ways: readonly string[],
  options: { readonly traces: string; readonly random: Random; readonly program: string },
): void {
  mkdirSync(path, { recursive: true });
  const trace = join(options.traces, String(path.split("/").at(-1)));
  const write: HostilePlace["write"] = (files) => {
    for (const [name, content] of Object.entries(files)) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  };
  write({ "note.md": "# A note\n\nNothing but words.\n" });
  for (const way of ways) {
    WAYS[way]?.({
      path,
      write,
      random: options.random,
      program: options.program,
      code: `require("node:fs").writeFileSync(${JSON.stringify(trace)}, "");`,
      shell: `touch ${trace}`,
      link: (name, target) => symlinkSync(target, join(path, name)),
    });
  }
}
