/** Services, and what was done with them, for people. */

import {
  type ServiceState,
  type ServiceStatus,
  type StartReport,
  type StopReport,
  serviceTitle,
} from "../../services/index.ts";
import { formatBytes, formatDuration } from "../../system/index.ts";
import { escaped } from "./safe-text.ts";
import { renderTable, wrapHanging } from "./table.ts";
import { type Style, styleFor, type Terminal } from "./terminal.ts";

export function renderServices(services: readonly ServiceStatus[], terminal: Terminal): string {
  const style = styleFor(terminal);
  const head = ["SERVICE", "STATE", "PID", "PORT", "UPTIME", "MEMORY", "HEALTH"];
  const rows = services.map((status) => [
    escaped(serviceTitle(status.service)),
    status.state,
    String(status.pid ?? "-"),
    String(status.port ?? "-"),
    status.uptimeMs === null ? "-" : formatDuration(Math.max(1_000, status.uptimeMs)),
    status.memoryBytes === null ? "-" : formatBytes(status.memoryBytes),
    healthWord(status),
  ]);
  const columns = head.map((_, index) => (index >= 2 && index <= 5 ? { align: "right" as const } : {}));
  const [title = "", ...lines] = renderTable(columns, [head, ...rows], Number.POSITIVE_INFINITY);
  const coloured = lines.map((line, index) => colourState(line, services[index]?.state, style));
  const notes = services.flatMap(({ service, state, pidFile, reason }) => {
    if (reason === null) return [];
    // Of one that runs, the file is in order.
    const place = state === "running" ? "" : ` (${pidFile})`;
    return note(`${escaped(serviceTitle(service))}: `, reason + place, terminal);
  });
  return [style.aside(title), ...coloured, ...(notes.length === 0 ? [] : ["", ...notes])].join("\n");
}

/** A message of one line or several, each wrapped. */
function note(first: string, message: string, { width }: Terminal): string[] {
  const [head = "", ...others] = message.split("\n").map((line) => escaped(line.trim()));
  return [
    ...wrapHanging(head, width, { first }),
    ...others.flatMap((line) => wrapHanging(line, width, { first: "  " })),
  ];
}

function healthWord({ health, state }: ServiceStatus): string {
  if (health === null) return "-";
  // One that is well by its own account, and that commands which go by PID files take for stopped.
  if (state === "unhealthy" && health.status === "ok") return "ok, but for its PID file";
  if (!health.ready) return `${health.status}, not ready`;
  // What it could not do is said below the table.
  return health.status === "ok" && health.lastError !== null ? "ok, with trouble" : health.status;
}

function colourState(line: string, state: ServiceState | undefined, style: Style): string {
  if (state === undefined || state === "stopped") return line;
  const paint = state === "running" ? style.good : state === "unhealthy" ? style.bad : style.warning;
  return line.replace(state, (word) => paint(word));
}

/** @param tokenFile where clients find the token */
export function renderStarted(report: StartReport, terminal: Terminal, tokenFile?: string): string {
  const style = styleFor(terminal);
  const title = serviceTitle(report.service);
  const where = `process ${report.pid}, port ${report.port}`;
  if (!report.health.ready) return style.warning(`The ${title} is running, and not ready yet: ${where}.`);
  const said = {
    started: `The ${title} is running: ${where}.`,
    "already running": `The ${title} was running already: ${where}.`,
    adopted: `The ${title} was running without a PID file, which was written again: ${where}.`,
    served: `The server does the work of the ${title}, with the one model that it has: ${where}.`,
  };
  const { lastError } = report.health;
  const trouble = lastError === null ? [] : note("It reports trouble: ", lastError.message, terminal);
  const token = tokenFile === undefined ? "one of your tokens" : `the token in ${escaped(tokenFile)}`;
  const clients = report.url === undefined ? [] : [`Clients call ${report.url} with ${token}`];
  return [style.good(said[report.change]), ...clients, ...trouble.map((line) => style.warning(line))].join(
    "\n",
  );
}

const CUT_OFF =
  "An MCP server belongs to an agent, which has no memory until its client starts the server again.";

export function renderStopped({ stopped, remaining, servedBy }: StopReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const lines = stopped.map(({ service, pid, by }) => {
    const forced = by === "SIGKILL" ? ", by force" : "";
    return style.good(`Stopped the ${escaped(serviceTitle(service))}, process ${pid}${forced}.`);
  });
  const left = remaining.map(({ service, reason, pidFile }) =>
    style.warning(
      `Left the process alone that ${escaped(pidFile)} names as the ` +
        `${escaped(serviceTitle(service))}: ${escaped(reason)}.`,
    ),
  );
  const none = stopped.length === 0 && servedBy === undefined ? ["No service was running."] : [];
  const unsure = remaining.some(({ state }) => state !== "foreign");
  const served =
    servedBy === undefined
      ? []
      : wrapHanging(
          `The ${serviceTitle(servedBy.service)}, process ${servedBy.pid}, does the same work and goes on; ` +
            `\`amalfa ${servedBy.service} stop\` ends it, and all that it serves.`,
          terminal.width,
          { indent: "  " },
        );
  const cutOff = stopped.some(({ service }) => service === "mcp") ? wrapHanging(CUT_OFF, terminal.width) : [];
  return [...lines, ...cutOff, ...(unsure ? [] : none), ...left, ...served].join("\n");
}
