import { z } from "zod/v4";
import { type Pending, readPending } from "../../knowledge/freshness/index.ts";
import { formatNumberOf } from "../../system/index.ts";
import { told } from "../fields.ts";
import type { HealthReport } from "../health-report.ts";
import { blocks, inLine, lines } from "../markdown.ts";
import { shortened } from "../paging.ts";
import { defineTool, MOST_IN_BACKGROUND, READS_ONLY, type ToolContext } from "../tool.ts";

/** Findings of one check that are named; their number is in its message. */
const MAX_FINDINGS = 20;

export const healthTool = defineTool({
  name: "health",
  title: "Check the project's health",
  description: "Diagnose the memory. Use it when a tool fails or results look incomplete.",
  annotations: READS_ONLY,
  input: z.strictObject({}),
  output: z.object({
    ok: z.boolean().describe("True when no warning or error was found."),
    root: z.string(),
    next: z
      .string()
      .nullable()
      .describe("What to do first: a command, or words where none helps; null when all is well."),
    pending: told.pending,
    tool: z.string().optional().describe("The tool that does what `next` would."),
    checks: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        status: z.enum(["ok", "warning", "error", "skipped", "late"]),
        message: z.string(),
        findings: z.array(
          z.object({
            message: z.string(),
            subject: z.string(),
            fix: z.string().nullable().describe("What `amalfa doctor --fix` would do."),
            commands: z.array(z.string()),
          }),
        ),
      }),
    ),
  }),
  run: async (context) => {
    const { ok, root, next, checks } = await examined(context);
    return {
      ok,
      root,
      next,
      ...pendingOf(context),
      ...(next === null ? {} : toolFor(next)),
      checks: checks.map(({ id, title, status, message, findings }) => ({
        id,
        title,
        status,
        message: shortened(message),
        findings: findings.slice(0, MAX_FINDINGS).map(({ message: text, subject, fix, commands }) => ({
          message: shortened(text),
          subject: shortened(subject),
          fix,
          commands: [...commands],
        })),
      })),
    };
  },
  text: ({ ok, next, tool, pending, checks }) => {
    const wrong = checks.filter(({ status }) => status !== "ok" && status !== "skipped");
    // Where no command helps it is a sentence.
    const byUser = next?.startsWith("amalfa ") === true ? `the user runs \`${next}\` in a terminal` : next;
    const first = tool === undefined ? byUser : `call ${tool}`;
    return blocks(
      ok
        ? `The memory is in order.${pending === undefined ? "" : waitingSentence(pending)}`
        : next === INIT && wrong.every(({ id }) => id === DRIFT)
          ? "The graph has to be brought up to date with the files; nothing else is wrong."
          : "Something is wrong.",
      next === null ? "" : `Next: ${first}.`,
      wrong.map(({ id, status, message, findings }) =>
        lines(
          `${id} (${status}): ${inLine(message)}`,
          findings.map((finding) => `- ${inLine(aboutSubject(finding))}${helpOf(finding)}`),
        ),
      ),
    );
  },
});

/** What is still to be computed, as far as the graph tells: what keeps it from being read is for the checks to say. */
function pendingOf({ project, graph }: ToolContext): { pending?: Pending } {
  try {
    const pending = graph.use(({ db }) => readPending(project.paths, db));
    return pending === undefined ? {} : { pending };
  } catch {
    return {};
  }
}

/**
 * Whoever computes them: `refresh` was named here once, which leaves them to the same, so that an agent called it and
 * was told to call it again.
 */
function waitingSentence({
  chunks,
  secondsLeft,
}: {
  readonly chunks: number;
  readonly secondsLeft?: number | undefined;
}): string {
  const wait =
    chunks === 1
      ? "1 passage waits for its vector"
      : `${formatNumberOf(chunks, "passage")} wait for their vectors`;
  const who =
    secondsLeft !== undefined
      ? "an ingest is computing them"
      : chunks <= MOST_IN_BACKGROUND
        ? "this server computes them while it waits for calls"
        : "`amalfa init`, run by the user in a terminal, computes them";
  return ` ${wait} and can be found by words until then: ${who}.`;
}

const INIT = "amalfa init";
/** Files change all the time, also by what agents write with the tools here. */
const DRIFT = "graph.drift";

function toolFor(command: string): { tool?: string } {
  return command === INIT ? { tool: "refresh" } : {};
}

/** Most messages name what they are about themselves. */
function aboutSubject({ subject, message }: { readonly subject: string; readonly message: string }): string {
  return message.includes(subject) ? message : `${subject} ${message}`;
}

function helpOf({ commands }: { readonly commands: readonly string[] }): string {
  const help = commands.map((command) => toolFor(command).tool ?? `\`${command}\``);
  return help.length === 0 ? "" : ` (${help.join(" or ")})`;
}

/** Calls that come while an examination is under way share it: each one takes several processes. */
const underWay = new WeakMap<ToolContext, Promise<HealthReport>>();

function examined(context: ToolContext): Promise<HealthReport> {
  const current = underWay.get(context);
  if (current !== undefined) return current;
  const next = context.health().finally(() => underWay.delete(context));
  underWay.set(context, next);
  return next;
}
