/**
 * Installs packed packages as somebody would who has Node, npm and nothing else: into an empty folder, with an empty
 * home, and on Linux without a network and without the source tree. Then does the main jobs with what was installed.
 */
import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NodePrograms } from "./other-node.ts";

export interface Try {
  /** Where everything happens; empty. */
  readonly work: string;
  /** Where npm keeps what it has fetched. */
  readonly cache: string;
  readonly tarballs: readonly string[];
  /** The clone, which what is installed must not need. */
  readonly source: string;
  readonly npmFlags: readonly string[];
  /** Other programs than those of the PATH. */
  readonly programs?: Pick<NodePrograms, "node" | "npm"> | undefined;
}

const NOTES = {
  "backups.md": "# Backups\n\nWe keep copies of all data in the cellar, on two disks. See [[garden]].\n",
  "garden.md": "# Garden\n\nTomatoes and beans need water in the evening.\n",
  "garten.md": "# Garten\n\nDie Tomaten und die Bohnen brauchen am Abend Wasser, und das ist nicht wenig.\n",
  // With a grammar of each kind: what is loaded for few documents only has to be there as well.
  "code/water.ts": "/** Waters the beans. */\nexport function waterBeans(): void {}\n",
  "code/water.js": "/** Waters the beans. */\nexport function waterBeans() {}\n",
  "code/water.py": 'def water_beans():\n    """Waters the beans."""\n',
  "code/water.go": "package water\n\n// Beans waters the beans.\nfunc Beans() {}\n",
  "code/water.rs": "/// Waters the beans.\nfn water_beans() {}\n",
};
const SETTINGS = { sources: ["**/*.md", "code/**/*.{ts,js,py,go,rs}"] };

/** By the file that takes their output. */
const COMMANDS = {
  init: "init --json",
  search: "search --json 'where is our information safe when a computer breaks'",
  rebuild: "rebuild --json",
  doctor: "doctor --json",
  watcher: "watcher start --json",
  "stop-all": "stop-all --json",
  reset: "reset --yes --json",
};

/** Services listen on the loopback interface, which is down where a network is new. */
const ALONE = `
PATH=$1
ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || true
mount -t tmpfs none "$2"
shift 2
exec "$@"
`;

const INSTALL_AND_USE = `
PATH=$1; work=$2; shift 2
cd "$work/app"
npm install "$@" >"$work/install" 2>&1 || { cat "$work/install" >&2; exit 1; }
# What runs is bundled; the sources are for programs that import amalfa.
node -e 'fs.rmSync("node_modules/amalfa/src", { recursive: true })'
cd "$work/notes"
amalfa=$work/app/node_modules/.bin/amalfa
trap '"$amalfa" stop-all >/dev/null 2>&1' EXIT
${Object.entries(COMMANDS)
  .map(
    ([name, args]) => `"$amalfa" ${args} >"$work/${name}.json" || { cat "$work/${name}.json" >&2; exit 1; }`,
  )
  .join("\n")}
`;

/** Returns what was done. Throws with what a command printed where it did something else than it should. */
export async function tryInstalled({
  work,
  cache,
  tarballs,
  source,
  npmFlags,
  programs,
}: Try): Promise<string[]> {
  for (const folder of ["bin", "home", "fill", "app", "notes", "notes/code"]) mkdirSync(join(work, folder));
  for (const program of ["node", "npm", "sh", "cat"]) {
    const given = program === "node" || program === "npm" ? programs?.[program] : undefined;
    symlinkSync(realpathSync(given ?? Bun.which(program) ?? program), join(work, "bin", program));
  }
  const files = { ...NOTES, "amalfa.settings.json": JSON.stringify(SETTINGS) };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(work, "notes", name), text);
  const npmArgs = ["--no-audit", "--no-fund", "--foreground-scripts", "--cache", cache];
  // What was fetched a moment ago is not asked for again.
  const fill = ["npm", "install", ...npmArgs, "--prefer-offline", "--ignore-scripts", ...tarballs];
  await run(fill, join(work, "fill"));
  const alone = Bun.which("unshare") !== null && Bun.spawnSync(["unshare", "-Urnm", "true"]).exitCode === 0;
  const path = process.env.PATH ?? "";
  const inside = alone ? ["unshare", "-Urnm", "sh", "-ec", ALONE, "sh", path, source] : [];
  const args = [join(work, "bin"), work, "--offline", ...npmArgs, ...npmFlags, ...tarballs];
  // No Bun on the PATH, and none in the home.
  const env = { PATH: path, HOME: join(work, "home") };
  await run([...inside, "sh", "-c", INSTALL_AND_USE, "sh", ...args], work, env);

  // Installers pass over an optional package that they cannot get and say nothing: this needs each of them.
  const { embedding } = answer(work, "init");
  expect("init computes vectors", embedding?.modelLoaded === true && (embedding.misses ?? 0) > 0);
  const { mode, results } = answer(work, "search");
  expect("search finds by meaning", mode === "hybrid" && results?.[0]?.id === "backups.md");
  expect("rebuild finds all", answer(work, "rebuild").documents?.found === Object.keys(NOTES).length);
  const { ok, summary } = answer(work, "doctor");
  expect("doctor finds nothing", ok === true && summary?.skipped === 0);
  expect("reset is done", answer(work, "reset").ok === true);
  return [
    alone ? "without a network and the source tree" : "offline, as npm means it",
    ...Object.keys(COMMANDS),
  ];
}

async function run(command: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env) {
  const child = Bun.spawn([...command], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
}

interface Answer {
  readonly ok?: boolean;
  readonly mode?: string;
  readonly documents?: { readonly found?: number };
  readonly embedding?: { readonly modelLoaded?: boolean; readonly misses?: number };
  readonly results?: readonly { readonly id?: string }[];
  readonly summary?: { readonly skipped?: number };
}

function answer(work: string, name: keyof typeof COMMANDS): Answer {
  return JSON.parse(readFileSync(join(work, `${name}.json`), "utf8"));
}

function expect(what: string, holds: boolean): void {
  if (!holds) throw new Error(`That ${what} does not hold for what was installed.`);
}
