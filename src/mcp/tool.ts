/** What a tool is, and what it may use. */
import type { ToolAnnotations } from "@modelcontextprotocol/server";
import type { z } from "zod/v4";
import type { WarmEmbedder } from "../embedding/index.ts";
import type { IngestReport } from "../ingest/index.ts";
import type { FreshGraph } from "../knowledge/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError, startOf } from "../system/index.ts";
import { asMeant, byTheirNames } from "./arguments.ts";
import type { HealthReport } from "./health-report.ts";
import type { WarmGraph } from "./warm-graph.ts";

/** Chunks that a server computes while nobody waits, at most; of more it computes none. */
export const MOST_IN_BACKGROUND = 512;

export interface ToolContext {
  readonly project: Project;
  readonly graph: WarmGraph;
  /** The graph, brought up to date before it answers. */
  readonly fresh: FreshGraph;
  /** Told when an answer has left vectors to be computed. */
  readonly onPending?: () => void;
  readonly embedder: WarmEmbedder;
  readonly health: () => Promise<HealthReport>;
  /** Brings the graph up to date with all files. */
  readonly ingest: () => Promise<IngestReport>;
  /** Whether notes may be written; none of the tools that do is offered otherwise. */
  readonly allowWrite: boolean;
  /** The other projects that may be asked about. */
  readonly projects?: KnownProjects | undefined;
}

/** The projects of a user, by the names that calls give them. */
export interface KnownProjects {
  list(): Promise<readonly NamedRoot[]>;
  /** Opens the project at a root. Throws what opening it does. */
  context(root: string): Promise<ToolContext>;
}

export interface NamedRoot {
  readonly name: string;
  readonly root: string;
}

/** What clients are told of a tool. */
export interface DescribedTool<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** Tells an agent what the tool is for and when to use it. */
  readonly description: string;
  readonly annotations: ToolAnnotations;
  readonly input: Input;
  readonly output: Output;
  /** Offered only where notes may be written. */
  readonly needs?: "write";
}

/** A tool as it is written: `run` gets arguments that fit `input` and answers what fits `output`. */
export interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject>
  extends DescribedTool<Input, Output> {
  readonly run: (context: ToolContext, args: z.output<Input>) => Promise<z.output<Output>> | z.output<Output>;
  /** The result for clients that show a model text: with all that the next call may need. */
  readonly text: (result: z.output<Output>) => string;
}

/** A tool as it is called, with whatever a client sends. */
export interface Tool extends DescribedTool<z.ZodObject, z.ZodObject> {
  /** Throws `arguments.invalid` for what does not fit `input`, and what the tool throws. */
  readonly call: (
    context: ToolContext,
    given: Readonly<Record<string, unknown>>,
  ) => Promise<Record<string, unknown>>;
  /** What `call` has answered, as text. */
  readonly text: (result: Record<string, unknown>) => string;
}

export const READS_ONLY: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  openWorldHint: false,
};

/** Binds a tool to its schemas, so that lists of tools need not know them. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>({
  run,
  text,
  ...description
}: ToolDefinition<Input, Output>): Tool {
  return {
    ...description,
    // Only ever given what the tool itself has answered.
    text: (result) => text(result as z.output<Output>),
    call: async (context, written) => {
      const { input } = description;
      const given = byTheirNames(written, input.shape);
      const first = input.safeParse(given);
      const mayBeLeftOut = (key: string): boolean => input.shape[key]?.safeParse(undefined).success === true;
      const args = first.success ? first : input.safeParse(asMeant(given, first.error, mayBeLeftOut));
      if (!args.success) throw invalidArguments(description, given, args.error);
      return run(context, args.data);
    },
  };
}

function invalidArguments(
  { name, input }: { readonly name: string; readonly input: z.ZodObject },
  given: Readonly<Record<string, unknown>>,
  error: z.ZodError,
): AmalfaError {
  const problems = error.issues.slice(0, 5).map((issue) => faultIn(given, issue));
  return new AmalfaError(
    "arguments.invalid",
    `The arguments of ${name} are not valid. ${problems.join("; ")}.`,
    {
      hint: `The arguments are ${Object.keys(input.shape).join(", ") || "none"}; see the tool's input schema.`,
    },
  );
}

/** For a model that knows the names of the arguments, and nothing of what reads them. */
function faultIn(given: Readonly<Record<string, unknown>>, issue: Issue): string {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `there is no argument ${startOf(key, 100)}`).join("; ");
  const [key] = issue.path;
  const isMissing = typeof key === "string" && given[key] === undefined;
  return `${startOf(issue.path.join("."), 100) || "arguments"}: ${isMissing ? "it has to be given" : inWords(issue)}`;
}

type Issue = z.ZodError["issues"][number];

function inWords(issue: Issue): string {
  switch (issue.code) {
    case "too_small":
      if (issue.minimum === 1 && issue.origin in UNITS) return "it is empty";
      return `it has to be at least ${issue.minimum}${UNITS[issue.origin] ?? ""}`;
    case "too_big":
      return `it has to be at most ${issue.maximum}${UNITS[issue.origin] ?? ""}`;
    case "invalid_value":
      return `it has to be one of ${issue.values.join(", ")}`;
    case "invalid_type":
      return `it has to be ${KINDS[issue.expected] ?? issue.expected}`;
    case "invalid_union":
      return "it has to be a text or a list of texts, and not empty";
    default:
      return issue.message;
  }
}

const UNITS: Readonly<Record<string, string>> = { string: " characters long", array: " items long" };

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  record: 'an object, such as {"status": "open"}',
};
