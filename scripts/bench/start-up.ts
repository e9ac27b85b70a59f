/** How long it takes to get going, against a process of Bun that does nothing. */
import { CLI, runBun } from "./child-process.ts";
import { atMost, type BenchContext, type Figure, type FigureResult, type Goal } from "./figure.ts";
import { interleave } from "./interleave.ts";
import { preparedProject } from "./prepared-project.ts";
import { summarise, summariseRatio } from "./statistics.ts";

const MOST_MORE_MS = 60;
const QUERY = "how do I undo the last commit and keep my changes";

export const startUp: Figure = {
  name: "start-up",
  title: "Start-up (ms, whole process)",
  measure,
};

async function measure(context: BenchContext): Promise<FigureResult> {
  const { root, described } = await preparedProject(context);
  const search = [CLI, "--root", root, "search", QUERY];
  const timed = (args: readonly string[]) => async () => (await runBun(args)).milliseconds;
  const contenders = {
    empty: timed(["-e", ""]),
    version: timed([CLI, "--version"]),
    search: timed(search),
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
    ],
    notes: [
      `--version takes ${more.median.toFixed(1)} ms more than an empty process`,
      `search: of ${described}`,
    ],
  };
}
