import { describe, expect, test } from "bun:test";
import { z } from "zod/v4";
import { withoutNulls } from "../../../src/mcp/arguments.ts";
import { defineTool, READS_ONLY, type ToolContext } from "../../../src/mcp/tool.ts";
import { loadTools } from "../../../src/mcp/tools/index.ts";

const echo = defineTool({
  name: "echo",
  title: "Echo",
  description: "Answers its arguments.",
  annotations: READS_ONLY,
  input: z.strictObject({
    text: z.string().min(1),
    limit: z.int().min(1).max(10).default(3),
    share: z.number().optional(),
    exact: z.boolean().optional(),
    tags: z.array(z.string()).optional(),
    where: z.record(z.string(), z.string()).optional(),
    day: z.string().regex(/^\d/).optional(),
    path: z.union([z.string().min(1), z.array(z.string()).min(1)]).optional(),
    mode: z.enum(["one", "two"]).optional(),
  }),
  output: z.looseObject({}),
  run: (_, args) => args,
  text: (result) => JSON.stringify(result),
});
const call = (given: Record<string, unknown>) => echo.call({} as ToolContext, given);

describe("arguments as clients send them", () => {
  test.each([
    [
      { text: "x", limit: "5" },
      { text: "x", limit: 5 },
    ],
    [
      { text: "x", limit: " 5 ", share: "0.25" },
      { text: "x", limit: 5, share: 0.25 },
    ],
    [
      { text: ["x"], exact: "true" },
      { text: "x", limit: 3, exact: true },
    ],
    [
      { text: "x", exact: "true" },
      { text: "x", limit: 3, exact: true },
    ],
    [
      { text: "x", limit: null, share: null, tags: null },
      { text: "x", limit: 3 },
    ],
    [
      { text: "x", tags: '["a", "b"]' },
      { text: "x", limit: 3, tags: ["a", "b"] },
    ],
    [
      { text: "x", tags: "a" },
      { text: "x", limit: 3, tags: ["a"] },
    ],
    [
      { text: "x", where: '{"status":"open"}' },
      { text: "x", limit: 3, where: { status: "open" } },
    ],
    [
      { text: "x", where: "status = open" },
      { text: "x", limit: 3, where: { status: "open" } },
    ],
    [
      { text: "x", where: { priority: 2, done: false } },
      { text: "x", limit: 3, where: { priority: "2", done: "false" } },
    ],
    [
      { text: "x", day: "", path: "" },
      { text: "x", limit: 3 },
    ],
    [
      { text: "x", path: [], mode: "" },
      { text: "x", limit: 3 },
    ],
    [
      { text: "x", mode: "TWO" },
      { text: "x", limit: 3, mode: "two" },
    ],
    [
      { text: "x", limit: "", share: "", exact: "" },
      { text: "x", limit: 3 },
    ],
    [{ text: 2024 }, { text: "2024", limit: 3 }],
    [
      { text: "x", where: ["status=open", "owner=ann"] },
      { text: "x", limit: 3, where: { status: "open", owner: "ann" } },
    ],
  ])("%j is %j", async (given, meant) => {
    expect(await call(given)).toEqual(meant);
  });

  test.each([
    { text: "x", limit: "five" },
    { text: "x", limit: "50" },
    { text: "x", limit: "2.5" },
    { text: "x", limit: "0x5" },
    { text: null },
    { text: "" },
    { text: "x", mode: "three" },
    { text: "x", day: "soon" },
    { text: "x", where: ["status"] },
    { text: true },
    { text: ["x", "y"] },
    { text: [] },
    { text: "x", exact: "yes" },
    { text: {} },
    { text: "x", other: 1 },
    { text: "x", where: "status" },
    { text: "x", where: { status: ["open"] } },
  ])("%j is refused", async (given) => {
    await expect(call(given)).rejects.toMatchObject({ code: "arguments.invalid" });
  });

  test("every number of every tool may come as text", async () => {
    for (const tool of await loadTools()) {
      const numbers = Object.entries(tool.input.shape).flatMap(([name, schema]) => {
        const sample = (schema as z.ZodType).safeParse(1);
        return sample.success && !(schema as z.ZodType).safeParse("1").success ? [name] : [];
      });
      for (const name of numbers) {
        const failed = await tool.call({} as ToolContext, { [name]: "1" }).catch((error: Error) => error);
        expect(String((failed as Error).message)).not.toContain(`${name}: `);
      }
    }
  });

  test("null among the parameters of a request stands for what was left out; within the arguments it is the tool's to judge", () => {
    const request = { jsonrpc: "2.0", id: 1, method: "tools/call" };
    expect(withoutNulls({ ...request, params: null })).toEqual(request);
    expect(withoutNulls({ ...request, params: { name: "health", arguments: null, _meta: null } })).toEqual({
      ...request,
      params: { name: "health" },
    });
    expect(withoutNulls({ ...request, params: { _meta: { progressToken: null, other: 1 } } })).toEqual({
      ...request,
      params: { _meta: { other: 1 } },
    });
    const kept = { ...request, params: { name: "x", arguments: { path: null } } };
    expect(withoutNulls(kept)).toEqual(kept);
    expect(withoutNulls([null])).toEqual([null]);
  });
});

test("no arguments as other languages write them are none, and the text of an object is the object", () => {
  const asked = (given: unknown) =>
    withoutNulls({ method: "tools/call", params: { name: "health", arguments: given } });
  for (const nothing of [[], "", "{}"]) expect(asked(nothing)).toEqual(asked({}));
  expect(asked('{"query":"turtles"}')).toEqual(asked({ query: "turtles" }));
  for (const other of [["x"], "x", "[]", 5])
    expect(asked(other)).toMatchObject({ params: { arguments: other } });
});
