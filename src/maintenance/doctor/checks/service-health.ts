/**
 * `service.health`: every running service answers within a second, is ready, and is this project's and this model's.
 */

import { findModel, type ProjectPaths } from "../../../project/index.ts";
import { isHealthOf, notReadyReason, othersReason, probeService } from "../../../services/index.ts";
import { healthPortOf } from "../../../services/pid-files/index.ts";
import { type Check, type CheckOutcome, type Finding, outcomeOf } from "../check.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { type JudgedPidFile, judgedPidFiles } from "./pid-files.ts";

export const serviceHealth: Check = {
  id: "service.health",
  async run({ project }): Promise<CheckOutcome> {
    const running = judgedPidFiles(project.paths).filter(({ judged }) => judged.kind === "ours");
    // Those of another user are in order, as far as it can be told.
    const others = running.flatMap(({ title, judged }) => {
      const reason = judged.kind === "ours" ? othersReason(judged.pid) : undefined;
      return reason === undefined ? [] : [`${title}: ${reason}`];
    });
    const own = running.filter(
      ({ judged }) => judged.kind === "ours" && othersReason(judged.pid) === undefined,
    );
    const model = findModel(project.settings.model)?.id;
    const judgements = await Promise.all(own.map((file) => judge(file, project.paths, model)));
    const names = own.map(({ title }) => title).join(", ");
    const notes = judgements.flatMap(({ note }) => note ?? []);
    const said = [...(own.length === 0 ? [] : [`${names}: running and ready`]), ...notes, ...others];
    return outcomeOf(
      judgements.flatMap(({ findings }) => findings),
      said.join("; ") || "no service is running",
    );
  },
};

interface ServiceJudgement {
  readonly findings: readonly Finding[];
  /** What a service that is in order says of the files; the checks of the files report it. */
  readonly note?: string | undefined;
}

async function judge(
  { service, title, judged, path }: JudgedPidFile,
  paths: ProjectPaths,
  model: string | undefined,
): Promise<ServiceJudgement> {
  if (judged.kind !== "ours") return { findings: [] };
  const { pid } = judged;
  const { root } = paths;
  const port = healthPortOf(judged.record);
  if (port === null) return { findings: [] };
  const restart = [`amalfa ${service} restart`];
  const finding = (
    severity: Finding["severity"],
    what: string,
    why: string,
    commands: readonly string[] = restart,
  ): ServiceJudgement => ({
    findings: [
      {
        severity,
        message: `The ${title} (process ${pid}) ${what.replace(/\.$/, "")}.`,
        why,
        subject: path,
        commands,
      },
    ],
  });
  const startedIn = (place: string): ServiceJudgement =>
    finding(
      "error",
      `was started while the project lay in ${place}`,
      "It serves nothing here, and ends by itself once it notices that the folder was moved. " +
        "A restart makes it serve this one.",
    );
  if (judged.record.root !== root) return startedIn(judged.record.root);
  const probe = await probeService(paths, { pid, port }, THRESHOLDS.healthProbe);
  if (probe.kind === "failed")
    return finding(
      "error",
      `is running and does not answer: ${probe.reason}`,
      "It hangs, or is too busy to answer in time.",
    );
  const { health } = probe;
  if (health.pid === pid && health.service === service && health.root !== root) return startedIn(health.root);
  if (!isHealthOf(health, { service, root, pid })) {
    const who = `process ${health.pid}, the ${health.service} of ${health.root}`;
    return finding(
      "error",
      `is not what answers on its port ${port}: that is ${who}`,
      "Requests to it go to another project.",
    );
  }
  const notReady = notReadyReason(health);
  if (notReady !== undefined)
    return finding(
      "warning",
      `is not ready: ${notReady}`,
      "Its work is not done meanwhile. Remove the cause, or wait: it keeps trying by itself. Its log says more.",
      [],
    );
  if (health.status === "degraded") {
    return finding(
      "warning",
      `could not do all of its work: ${health.lastError?.message ?? "it does not say why"}`,
      "That work is missing until it succeeds. Its log says more.",
    );
  }
  if (health.model !== null && model !== undefined && health.model !== model) {
    return finding(
      "warning",
      `uses the model ${health.model}, and ${model} is configured`,
      "It was started before the settings changed. Its vectors are not used; a restart brings it up to date.",
    );
  }
  const notes = [health.lastError?.message, health.details?.note].filter((note) => typeof note === "string");
  return { findings: [], note: notes.length === 0 ? undefined : notes.join("; ") };
}
