/**
 * The process that a check runs in.
 *
 * Checks call into SQLite, the file system and the ONNX runtime, and none of those can be interrupted: a process can
 * be ended, and whatever crashes in it is a finding. It opens databases with locks of its own, so that those of the
 * process that asked are not touched.
 *
 * Speaks over the channel that `Bun.spawn` opens: a `CheckProcessRequest` in, a `CheckProcessReply` out.
 */

import { isDamage } from "../../sqlite/index.ts";
import { isAccessDenied, messageOf } from "../../system/index.ts";
import { dieWithParent } from "../../system/process/index.ts";
import type { CheckOutcome } from "./check.ts";
import { loadCheck } from "./checks/index.ts";
import { CheckContext, type CheckInput } from "./context.ts";
import type { LoadedSettings } from "./settings.ts";

export type CheckProcessRequest =
  /** One after the other, with a reply for each. */
  | { readonly kind: "checks"; readonly ids: readonly string[]; readonly input: CheckInput }
  | { readonly kind: "settings"; readonly root: string };

export type CheckProcessReply =
  | { readonly kind: "ready" }
  /** The request has arrived and is looked at from now on. */
  | { readonly kind: "began" }
  | { readonly kind: "outcome"; readonly outcome: CheckOutcome; readonly durationMs: number }
  | { readonly kind: "settings"; readonly loaded: LoadedSettings }
  | {
      readonly kind: "failed";
      readonly reason: string;
      /** Whether permissions are the reason. */
      readonly denied: boolean;
      readonly damaged: boolean;
      readonly durationMs: number;
    };

async function answer(request: CheckProcessRequest): Promise<void> {
  if (request.kind === "settings") {
    const { loadSettings } = await import("./settings.ts");
    return reply(async () => ({ kind: "settings", loaded: await loadSettings(request.root) }));
  }
  for (const id of request.ids) {
    await reply(async (started) => {
      const outcome = await runCheck(id, request.input);
      return { kind: "outcome", outcome, durationMs: performance.now() - started };
    });
    // Nothing gets out while a check is at work, and one that hangs would keep what the one before it has found.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function reply(work: (started: number) => Promise<CheckProcessReply>): Promise<void> {
  const started = performance.now();
  try {
    process.send?.(await work(started));
  } catch (error) {
    process.send?.({
      kind: "failed",
      reason: messageOf(error),
      denied: isAccessDenied(error),
      damaged: isDamage(error),
      durationMs: performance.now() - started,
    } satisfies CheckProcessReply);
  }
}

let shared: CheckContext | undefined;

async function runCheck(id: string, input: CheckInput): Promise<CheckOutcome> {
  const check = await loadCheck(id);
  shared ??= new CheckContext(input);
  // Processes of this diagnosis that were started meanwhile belong to it as well.
  shared.input = input;
  return check.run(shared);
}

if (import.meta.main) {
  // Whatever it hangs in, it goes with the doctor.
  dieWithParent();
  process.on("message", (request: CheckProcessRequest) => {
    process.send?.({ kind: "began" } satisfies CheckProcessReply);
    void answer(request);
  });
  process.on("disconnect", () => process.exit());
  process.send?.({ kind: "ready" } satisfies CheckProcessReply);
}
