/** Ending one process whose identity was proved: first asked, then forced. */
import { messageOf, systemErrorCode } from "../errors.ts";
import { isSameProcess, type ProcessIdentity, readProcessIdentity } from "./identity.ts";

export type ProcessEnd =
  | { readonly kind: "ended"; readonly by: "SIGTERM" | "SIGKILL" }
  /** It had ended before any signal was sent. */
  | { readonly kind: "gone" }
  | { readonly kind: "remains"; readonly reason: string };

/** How long a process may take to close after SIGTERM, and to vanish after SIGKILL, in milliseconds. */
const CLOSE_MS = 3_000;
const KILLED_MS = 5_000;
const POLL_MS = 20;

/** Sends SIGTERM, waits for the end, then SIGKILL. The identity is proved again right before each signal (I6). */
export async function endProcess(target: ProcessIdentity): Promise<ProcessEnd> {
  for (const [signal, waitMs] of [
    ["SIGTERM", CLOSE_MS],
    ["SIGKILL", KILLED_MS],
  ] as const) {
    const sent = signalIfSame(target, signal);
    if (sent === "gone") return signal === "SIGTERM" ? { kind: "gone" } : { kind: "ended", by: "SIGTERM" };
    if (sent !== "sent") return { kind: "remains", reason: sent.reason };
    if (await hasEnded(target, waitMs)) return { kind: "ended", by: signal };
  }
  return { kind: "remains", reason: `process ${target.pid} is still there after SIGKILL` };
}

function signalIfSame(
  target: ProcessIdentity,
  signal: "SIGTERM" | "SIGKILL",
): "sent" | "gone" | { reason: string } {
  const state = stateOf(target);
  if (state.kind === "gone") return "gone";
  if (state.kind === "unknown") return { reason: state.reason };
  try {
    process.kill(target.pid, signal);
    return "sent";
  } catch (error) {
    if (systemErrorCode(error) === "ESRCH") return "gone";
    return { reason: `${signal} could not be sent to process ${target.pid}: ${messageOf(error)}` };
  }
}

async function hasEnded(target: ProcessIdentity, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (performance.now() < deadline) {
    if (stateOf(target).kind === "gone") return true;
    await Bun.sleep(POLL_MS);
  }
  return stateOf(target).kind === "gone";
}

/** A PID that has passed to another process means that ours is gone. */
function stateOf(
  target: ProcessIdentity,
): { kind: "alive" } | { kind: "gone" } | { kind: "unknown"; reason: string } {
  const reading = readProcessIdentity(target.pid);
  if (reading.kind === "dead") return { kind: "gone" };
  if (reading.kind === "unknown")
    return { kind: "unknown", reason: `nothing is known of process ${target.pid}: ${reading.reason}` };
  if (!isSameProcess(reading.identity, target)) return { kind: "gone" };
  const { command } = reading.identity;
  // One that is ending has no command line any more, and is still the same.
  if (command.length > 0 && command.join(" ") !== target.command.join(" "))
    return {
      kind: "unknown",
      reason: `process ${target.pid} runs another program now: ${command.join(" ")}`,
    };
  return { kind: "alive" };
}
