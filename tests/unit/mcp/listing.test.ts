/** What a session pays for the tools before it has asked for anything. */
import { describe, expect, test } from "bun:test";
import { loadTokens } from "../../../src/knowledge/index.ts";
import { describeTool } from "../../../src/mcp/listing.ts";
import { loadTools } from "../../../src/mcp/tools/index.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const MOST_TOKENS = 1_500;

const tools = await loadTools();
const { loadTokenCount } = await loadTokens();
const tokens = await loadTokenCount({ paths: { models: new TempFolder().path } } as never);

/** What clients put before a model. */
const shown = (tool: (typeof tools)[number]): string => {
  const { name, description, inputSchema } = describeTool(tool);
  return JSON.stringify({ name, description, inputSchema });
};

/** Names, descriptions and arguments without the signs of JSON. */
const words = (tool: (typeof tools)[number]): string => shown(tool).replace(/[{}[\]":,]+/g, " ");

const sum = (texts: readonly string[]): number => texts.reduce((total, text) => total + tokens(text), 0);

describe("the list of tools", () => {
  test(`costs at most ${MOST_TOKENS} tokens as a server without writing shows it`, () => {
    const offered = tools.filter(({ needs }) => needs === undefined);
    expect(offered.length).toBe(11);
    expect(sum(offered.map(shown))).toBeLessThanOrEqual(MOST_TOKENS);
  });

  test("and so do the words of all tools, those that write included", () => {
    expect(sum(tools.map(words))).toBeLessThanOrEqual(MOST_TOKENS);
  });

  test("names every argument that a tool takes, and refuses others", () => {
    for (const tool of tools) {
      const { inputSchema } = describeTool(tool);
      expect(Object.keys(inputSchema.properties as object)).toEqual(Object.keys(tool.input.shape));
      expect(inputSchema).toMatchObject({ type: "object", additionalProperties: false });
    }
  });

  test("an argument that has the name of a keyword of schemas is listed as any other", () => {
    const search = tools.find(({ name }) => name === "search_documents")!;
    const { properties } = describeTool(search).inputSchema as unknown as {
      properties: Record<string, unknown>;
    };
    expect(properties.type).toEqual({ type: "string" });
    expect(properties.mode).toEqual({ enum: ["hybrid", "lexical", "semantic"] });
  });
});
