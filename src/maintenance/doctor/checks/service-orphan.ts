/**
 * `service.orphan`: services of this project that run without a PID file, and locks and a port of theirs that another
 * program holds.
 */

import { existsSync } from "node:fs";
import type { ProjectPaths } from "../../../project/index.ts";
import {
  adoptOrphan,
  BACKGROUND_SERVICES,
  findOrphans,
  type Orphan,
  pidFilePath,
  probeHealth,
  recordOf,
  serviceTitle,
  strangersAtLock,
} from "../../../services/index.ts";
import { vectorPort } from "../../../services/vector-daemon/index.ts";
import { isStopped } from "../../../system/process/index.ts";
import {
  type Check,
  type CheckOutcome,
  type Finding,
  type FixContext,
  type FixTarget,
  numberOf,
  outcomeOf,
  textOf,
} from "../check.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { judgedPidFiles } from "./pid-files.ts";

export const serviceOrphan: Check = {
  id: "service.orphan",
  repair: writePid,
  async run({ project }): Promise<CheckOutcome> {
    const { paths } = project;
    const port = vectorPort(process.env);
    const [orphans, holder] = await Promise.all([findOrphans(paths, port), portHolder(port, project.root)]);
    const findings = orphans.map((orphan) => orphanFinding(orphan, paths, port));
    const ownsPort = judgedPidFiles(paths).some(
      ({ judged }) => judged.kind === "ours" && judged.record.port === port,
    );
    const others = [...lockHolders(paths), ...(ownsPort ? [] : holder)];
    return outcomeOf([...findings, ...others], "no service has lost its PID file");
  },
};

function orphanFinding(orphan: Orphan, paths: ProjectPaths, port: number): Finding {
  const { service, identity } = orphan;
  const path = pidFilePath(paths, service, identity.pid);
  const common = {
    severity: "warning",
    message:
      `The ${serviceTitle(service)} runs as process ` +
      `${identity.pid}${orphan.port === null ? "" : ` on port ${orphan.port}`}, ` +
      `and ${existsSync(path) ? "its PID file does not name it" : "has no PID file"}` +
      `${orphan.health === null ? "; it does not answer" : ""}.`,
    subject: path,
  } as const;
  // One that was stopped on its way out may hold the lock of all PID files, so that nobody can write one.
  if (isStopped(identity.pid)) {
    return {
      ...common,
      why:
        "It is stopped by a signal, such as Ctrl-Z, and commands that go by PID files do not see it. " +
        `\`amalfa ${service} restart\` ends it and starts it anew; \`kill -CONT ${identity.pid}\` lets it go on.`,
      commands: [`amalfa ${service} restart`],
    };
  }
  return {
    ...common,
    why:
      "Commands that go by PID files take it for stopped. " +
      `\`amalfa ${service} start\` writes the PID file again and starts no second one.`,
    fix: {
      action: "write the PID file again",
      target: { service, port, pid: identity.pid, startedAt: recordOf(orphan, paths).startedAt },
    },
    commands: [],
  };
}

function lockHolders(paths: ProjectPaths): Finding[] {
  return BACKGROUND_SERVICES.flatMap((service) => {
    const path = pidFilePath(paths, service);
    return strangersAtLock(path).map(
      (stranger): Finding => ({
        severity: "warning",
        message: `The lock of the ${serviceTitle(service)} is held by ${stranger}.`,
        why: `No ${serviceTitle(service)} can be started until it lets go. Wait for it, or end it.`,
        subject: `${path}.lock`,
        commands: [],
      }),
    );
  });
}

/**
 * Services of other projects share the port peacefully: only the first takes it. Another program keeps all of them
 * away.
 */
async function portHolder(port: number, root: string): Promise<Finding[]> {
  if (port === 0) return [];
  const probe = await probeHealth(port, { timeoutMs: THRESHOLDS.healthProbe });
  if (probe.kind === "answered" || !probe.listening) return [];
  return [
    {
      severity: "warning",
      message: `Port ${port}, the usual one of the vector daemon, is held by another program: ${probe.reason}.`,
      why:
        `The vector daemon of ${root} takes another port, and amalfa finds it there; other ` +
        "programs that know only the usual port do not. Set VECTOR_PORT to choose one.",
      subject: `port ${port}`,
      commands: [],
    },
  ];
}

/* Fix of `service.orphan`: writes the PID file of a running service again, after proving its identity anew. */

async function writePid(target: FixTarget, { project }: FixContext): Promise<string> {
  const service = textOf(target, "service");
  if (service !== "watcher" && service !== "vector" && service !== "server")
    throw new Error(`there is no service ${service}`);
  const adopted = await adoptOrphan(project.paths, service, numberOf(target, "port"));
  return adopted === "adopted" ? "written" : "it has its PID file again, or has ended";
}
