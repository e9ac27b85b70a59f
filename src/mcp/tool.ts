/** What a tool is, and what it may use. */
import type { ToolAnnotations } from "@modelcontextprotocol/sdk/types.js";
import type { z } from "zod/v4";
import type { Project } from "../config/load.ts";
import type { HealthReport } from "./health-report.ts";
import type { KeptGraph } from "./kept-graph.ts";
import type { QueryEmbedder } from "./query-embedder.ts";

export interface ToolContext {
  readonly project: Project;
  readonly graph: KeptGraph;
  readonly embedder: QueryEmbedder;
  readonly health: () => Promise<HealthReport>;
}

/** A tool with its schemas; `run` gets arguments that fit `input` and answers what fits `output`. */
export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** Tells an agent what the tool is for and when to use it. */
  readonly description: string;
  readonly annotations: ToolAnnotations;
  readonly input: Input;
  readonly output: Output;
  readonly run: (
    context: ToolContext,
    args: z.infer<Input>,
  ) => Promise<Record<string, unknown>> | Record<string, unknown>;
}

export const READS_ONLY: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Checks a tool's `run` against its schemas, and forgets them for lists of tools. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Omit<Tool<Input, Output>, "run"> & {
    readonly run: (context: ToolContext, args: z.infer<Input>) => Promise<z.infer<Output>> | z.infer<Output>;
  },
): Tool {
  return tool as unknown as Tool;
}
