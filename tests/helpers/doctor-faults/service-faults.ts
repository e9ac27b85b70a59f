/** Faults of services and their PID files. */
import { HelperProcess } from "../helper-process.ts";
import { serviceCommand } from "../service-arguments.ts";
import { type Fault, faultsOf, writing } from "./fault.ts";

/** A PID that no process has: of one that has just ended. */
export function deadPid(): number {
  return Bun.spawnSync(["true"]).pid;
}

export const SERVICE_FAULTS: readonly Fault[] = [
  ...faultsOf({ check: "pid.stale", status: "warning", mended: "by fix" }, [
    {
      name: "the PID file of a process that is gone",
      says: /process \d+ has ended/,
      make: writing({ ".amalfa/runtime/daemon.pid": `${deadPid()}\n` }),
    },
    {
      name: "PID files that are empty, or hold garbage, 0, a negative number, two numbers",
      says: /(?:is no PID file[\s\S]*){5}/,
      make: (project) =>
        ["", "garbage\n", "0\n", "-1\n", "4711 4712\n"].forEach((content, index) => {
          project.write({ [`.amalfa/runtime/mcp-${index + 1}.pid`]: content });
        }),
    },
  ]),
  ...faultsOf({ check: "pid.foreign", status: "warning", mended: "by fix" }, [
    {
      name: "a PID that belongs to another program",
      says: /is another program: sleep/,
      make: async (project) => {
        const stranger = await HelperProcess.run(["sh", "-c", "echo ready; exec sleep 1000"]);
        project.write({ ".amalfa/runtime/vector-daemon.pid": `${stranger.pid}\n` });
        return stranger;
      },
    },
  ]),
  ...(
    [
      ["hangs", "error", /does not answer: no answer on port/],
      ["starting", "warning", /is not ready: it is still starting/],
      ["degraded", "warning", /three documents failed/],
      ["other project", "error", /while the project lay in \/somewhere\/else/],
      ["other model", "warning", /uses the model another-model/],
    ] as const
  ).map(
    ([manner, status, says]): Fault => ({
      name: `a service that ${manner === "hangs" ? manner : `is "${manner}"`}`,
      check: "service.health",
      status,
      says,
      // One that is not ready yet tries again by itself.
      mended: manner === "starting" ? undefined : "amalfa watcher restart",
      make: (project) => HelperProcess.run(serviceCommand("odd-service", project.path, { manner })),
    }),
  ),
];
