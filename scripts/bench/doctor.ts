/**
 * `doctor` on a healthy project, against the least that a diagnosis can cost: walk and stat, SQLite's quick check
 * with FTS5's own, and the SHA-256 of the model. Whole processes both. Digests of model files are remembered, as they
 * are after any search.
 */
import { join } from "node:path";
import { locateModel } from "../../src/embedding/model/files.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { CLI, runBun } from "./child-process.ts";
import { atMost, type BenchContext, type Figure, type FigureResult } from "./figure.ts";
import { interleave } from "./interleave.ts";
import { benchModel, preparedProject } from "./prepared-project.ts";
import { summarise, summariseRatio } from "./statistics.ts";

const MOST_TIMES = 1.5;

export const doctor: Figure = {
  name: "doctor",
  title: "doctor on a healthy project (ms, whole process)",
  measure,
};

async function measure(context: BenchContext): Promise<FigureResult> {
  const { root, described } = await preparedProject(context);
  const paths = projectPaths(root);
  const floor = join(import.meta.dir, "doctor-floor.ts");
  const weights = locateModel(benchModel(), paths.models).onnx;
  const contenders = {
    doctor: async () => (await runBun([CLI, "--root", root, "doctor"])).milliseconds,
    floor: async () => (await runBun([floor, root, paths.database, weights])).milliseconds,
  };
  await interleave(contenders, 1);
  const times = await interleave(contenders, context.effort === "full" ? 25 : 1);
  const [ours, ratio] = [summarise(times.doctor), summariseRatio(times.doctor, times.floor)];
  return {
    rows: [
      {
        case: described,
        unit: "ms",
        ours,
        peer: { name: "walk, quick_check, digest", summary: summarise(times.floor), ratio },
        goals: [atMost(ratio.median, MOST_TIMES, "ratio")],
      },
    ],
    notes: [`documents: ${described}`],
  };
}
