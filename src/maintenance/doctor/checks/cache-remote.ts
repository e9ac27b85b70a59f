/** `cache.remote`: whether the remote vector cache can be used as the settings mean it. Nothing is changed there. */
import { loadRemoteCare, type RemoteReport } from "../../cache/index.ts";
import { type Check, type CheckOutcome, healthy, outcomeOf } from "../check.ts";

export const cacheRemote: Check = {
  id: "cache.remote",
  async run(context): Promise<CheckOutcome> {
    const { reportOnRemote } = await loadRemoteCare();
    const report = await reportOnRemote(context.project);
    if (report === undefined) return healthy("no remote vector cache is in use");
    const { url, state, reason } = report;
    if (state === "ignored") return healthy(`${reason}`);
    const problem = problemOf(report);
    if (problem === undefined) return healthy(describe(report));
    return outcomeOf([{ severity: "warning", ...problem, subject: url, commands: [] }], "");
  },
};

const COST =
  "Ingests work without it, and compute the vectors that it may hold. Correct its address, or look at its server.";

function problemOf(report: RemoteReport): { readonly message: string; readonly why: string } | undefined {
  const { url, state, reason, mayWrite, found, proved, signed } = report;
  if (state === "refused") return { message: `${capitalized(`${reason}`)}.`, why: COST };
  if (state === "fault")
    return { message: `The remote vector cache ${url} is at fault: ${reason}.`, why: COST };
  if (mayWrite === false) {
    return {
      message: `Nothing can be written to the remote vector cache ${url}: its server is full, or does not allow it.`,
      why:
        "The first run that computes something goes on without it. Set AMALFA_CACHE_REMOTE_MODE=read, or give " +
        "the user the right to write.",
    };
  }
  if (found > proved) {
    const cause = signed ? "damaged, or signed with another key" : "damaged";
    return {
      message: `${found - proved} of ${found} rows of the remote vector cache ${url} cannot be used: ${cause}.`,
      why: "They are left alone. Let a run that may write there replace them, by AMALFA_CACHE_REMOTE_MODE=readwrite.",
    };
  }
  return undefined;
}

function describe({ url, latencyMs, mode, asked, proved, signed }: RemoteReport): string {
  const rights = mode === "readwrite" ? "for reading and writing" : "for reading";
  const share =
    asked === 0
      ? ""
      : `; it has ${Math.round((100 * proved) / asked)} % of ${asked} vectors of the local cache`;
  const trust = signed
    ? "only signed rows are taken"
    : "rows are not signed, so everybody who may write there is trusted";
  return `${url} answers within ${latencyMs} ms, ${rights}${share}; ${trust}`;
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
