/**
 * `init` when nothing has changed, against a program that only walks the tree and looks at each file: whole processes
 * both.
 */
import { join } from "node:path";
import { CLI, runBun } from "./child-process.ts";
import { atMost, type BenchContext, type Figure, type FigureResult } from "./figure.ts";
import { interleave } from "./interleave.ts";
import { preparedProject } from "./prepared-project.ts";
import { summarise, summariseRatio } from "./statistics.ts";

const MOST_TIMES = 3;
const MOST_MS = 250;

export const unchangedInit: Figure = {
  name: "unchanged-init",
  title: "init with nothing changed (ms, whole process)",
  measure,
};

async function measure(context: BenchContext): Promise<FigureResult> {
  const { root, described } = await preparedProject(context);
  const walk = join(import.meta.dir, "walk-tree.ts");
  const contenders = {
    init: async () => (await runBun([CLI, "--root", root, "init"])).milliseconds,
    walk: async () => (await runBun([walk, root])).milliseconds,
  };
  await interleave(contenders, 1);
  const times = await interleave(contenders, context.effort === "full" ? 25 : 1);
  const [ours, ratio] = [summarise(times.init), summariseRatio(times.init, times.walk)];
  return {
    rows: [
      {
        case: described,
        unit: "ms",
        ours,
        peer: { name: "walk and stat", summary: summarise(times.walk), ratio },
        goals: [atMost(ratio.median, MOST_TIMES, "ratio"), atMost(ours.median, MOST_MS, "ms")],
      },
    ],
    notes: [`documents: ${described}`],
  };
}
