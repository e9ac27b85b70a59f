/**
 * The process that a check runs in.
 *
 * Checks call into SQLite, the file system and the ONNX runtime, and none of those can be interrupted: a process can
 * be ended, and whatever crashes in it is a finding. It opens databases with locks of its own, so that those of the
 * process that asked are not touched.
 *
 * Speaks over the channel that `Bun.spawn` opens: a `CheckProcessRequest` in, a `CheckProcessReply` out.
 */

import { isAccessDenied, messageOf } from "../../system/index.ts";
import { dieWithParent } from "../../system/process/index.ts";
import type { CheckOutcome } from "./check.ts";
import { loadCheck } from "./checks/index.ts";
import { CheckContext, type CheckInput } from "./context.ts";
import type { LoadedSettings } from "./settings.ts";

export type CheckProcessRequest =
  | { readonly kind: "check"; readonly id: string; readonly input: CheckInput }
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
      readonly durationMs: number;
    };

async function answer(request: CheckProcessRequest): Promise<CheckProcessReply> {
  const started = performance.now();
  try {
    if (request.kind === "settings") {
      const { loadSettings } = await import("./settings.ts");
      return { kind: "settings", loaded: await loadSettings(request.root) };
    }
    const outcome = await runCheck(request);
    return { kind: "outcome", outcome, durationMs: performance.now() - started };
  } catch (error) {
    return {
      kind: "failed",
      reason: messageOf(error),
      denied: isAccessDenied(error),
      durationMs: performance.now() - started,
    };
  }
}

let shared: CheckContext | undefined;

async function runCheck({
  id,
  input,
}: Extract<CheckProcessRequest, { kind: "check" }>): Promise<CheckOutcome> {
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
    void answer(request).then((reply) => process.send?.(reply));
  });
  process.on("disconnect", () => process.exit());
  process.send?.({ kind: "ready" } satisfies CheckProcessReply);
}
