/** How long it takes to get going, against a process of Bun that does nothing. */
import { join } from "node:path";
import { CLI, runBun } from "./child-process.ts";
import { atMost, type BenchContext, type Figure, type FigureResult, type Goal } from "./figure.ts";
import { interleave } from "./interleave.ts";
import { preparedProject } from "./prepared-project.ts";
import { summarise, summariseRatio } from "./statistics.ts";

const LAUNCHER = join(import.meta.dir, "../../bin/amalfa.js");
const MOST_MORE_MS = 60;
const QUERY = "how do I undo the last commit and keep my changes";

export const startUp: Figure = {
  name: "start-up",
  title: "Start-up (ms, whole process)",
  measure,
};

/** What people type: a program of Node that finds Bun. */
async function timedLauncher(): Promise<number> {
  const node = Bun.which("node");
  if (node === null) throw new Error("node is not on the PATH");
  const started = performance.now();
  const child = Bun.spawn([node, LAUNCHER, "--version"], { stdio: ["ignore", "ignore", "inherit"] });
  if ((await child.exited) !== 0) throw new Error("the launcher failed");
  return performance.now() - started;
}

async function measure(context: BenchContext): Promise<FigureResult> {
  const { root, described } = await preparedProject(context);
  const search = [CLI, "--root", root, "search", QUERY];
  const timed = (args: readonly string[]) => async () => (await runBun(args)).milliseconds;
  const contenders = {
    empty: timed(["-e", ""]),
    version: timed([CLI, "--version"]),
    search: timed(search),
    launched: timedLauncher,
  };
  // The first search embeds the query; all later ones find it in the vector cache.
  await interleave(contenders, 1);
  const times = await interleave(contenders, context.effort === "full" ? 25 : 1);
  const more = summarise(times.version.map((value, round) => value - times.empty[round]!));
  const row = (name: string, values: readonly number[], goals: readonly Goal[]) => ({
    case: name,
    unit: "ms",
    ours: summarise(values),
    peer: { name: 'bun -e ""', summary: summarise(times.empty), ratio: summariseRatio(values, times.empty) },
    goals,
  });
  return {
    rows: [
      row("--version", times.version, [atMost(more.median, MOST_MORE_MS, "ms more")]),
      row("search on a hit", times.search, []),
      {
        case: "--version by the launcher",
        unit: "ms",
        ours: summarise(times.launched),
        peer: {
          name: "Bun called directly",
          summary: summarise(times.version),
          ratio: summariseRatio(times.launched, times.version),
        },
        goals: [],
      },
    ],
    notes: [
      `--version takes ${more.median.toFixed(1)} ms more than an empty process`,
      `search: of ${described}`,
    ],
  };
}
