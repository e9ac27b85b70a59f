/** Before an ingest moves the graph to another model: what that costs, said before it is begun. */
import type { EmbedderUse } from "../composition.ts";
import { loadCost } from "../maintenance/models/index.ts";
import { findModel, type Project } from "../project/index.ts";
import { formatModel } from "../system/index.ts";
import { type Invocation, warn } from "./invocation.ts";

/** Says nothing where the graph is of the configured model, or where nobody can tell; the ingest then does. */
export async function announceSwitch(
  invocation: Invocation,
  project: Project,
  use: Pick<EmbedderUse, "refresh">,
): Promise<void> {
  const model = findModel(project.settings.model);
  if (invocation.quiet || model === undefined) return;
  const { graphModel, switchCost } = await loadCost();
  const from = graphModel(project);
  if (from === undefined || from === model.id) return;
  try {
    const [{ openEmbedder }, { costLine }] = await Promise.all([
      import("../composition.ts"),
      import("./output/render-models.ts"),
    ]);
    await using embedder = await openEmbedder(project, { ...use, onWarning: () => {} });
    const cost = await switchCost(project, embedder, new AbortController().signal);
    const back = formatModel(from);
    warn(
      invocation,
      `the model is ${model.name} now, and the graph is of ${back}. ${costLine(cost)} ` +
        `Until they are complete the graph answers as before; \`amalfa models use ${back}\` goes back.`,
    );
  } catch {
    // Whatever is in the way, the ingest meets it as well, and says it.
  }
}
