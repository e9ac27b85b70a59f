/** What a tool is, and what it may use. */
import type { ToolAnnotations } from "@modelcontextprotocol/server";
import type { z } from "zod/v4";
import type { WarmEmbedder } from "../embedding/index.ts";
import type { IngestReport } from "../ingest/index.ts";
import type { FreshGraph } from "../knowledge/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError } from "../system/index.ts";
import { asMeant } from "./arguments.ts";
import type { HealthReport } from "./health-report.ts";
import type { WarmGraph } from "./warm-graph.ts";

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
    call: async (context, given) => {
      const { input } = description;
      const first = input.safeParse(given);
      const mayBeLeftOut = (key: string): boolean => input.shape[key]?.safeParse(undefined).success === true;
      const args = first.success ? first : input.safeParse(asMeant(given, first.error, mayBeLeftOut));
      if (!args.success) throw invalidArguments(description, args.error);
      return run(context, args.data);
    },
  };
}

function invalidArguments(
  { name, input }: { readonly name: string; readonly input: z.ZodObject },
  error: z.ZodError,
): AmalfaError {
  const problems = error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join(".") || "arguments"}: ${message}`);
  return new AmalfaError(
    "arguments.invalid",
    `The arguments of ${name} are not valid. ${problems.join("; ")}.`,
    {
      hint: `The arguments are ${Object.keys(input.shape).join(", ") || "none"}; see the tool's input schema.`,
    },
  );
}
