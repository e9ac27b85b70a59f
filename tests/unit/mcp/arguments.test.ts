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
      { text: "x", where: "due>=2026" },
      { text: "x", limit: 3, where: { "due>=": "2026" } },
    ],
    [
      { text: "x", where: "due > 2026" },
      { text: "x", limit: 3, where: { "due>": "2026" } },
    ],
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

  test.each([
    [{ text: "" }, "text: it is empty"],
    [{}, "text: it has to be given"],
    [{ text: "x", limit: "five" }, "limit: it has to be a number"],
    [{ text: "x", limit: 50 }, "limit: it has to be at most 10"],
    [{ text: "x", mode: "three" }, "mode: it has to be one of one, two"],
    [{ text: "x", where: "status" }, 'where: it has to be an object, such as {"status": "open"}'],
    [{ text: "x", other: 1 }, "there is no argument other"],
  ])("what is wrong with %j is said in words", async (given, said) => {
    await expect(call(given)).rejects.toThrow(said);
  });

  test("a place may come under another name, where the tool takes one and was not given it", async () => {
    const tools = new Map((await loadTools()).map((tool) => [tool.name, tool]));
    // Whatever these say of a context that is none, they took the arguments.
    for (const [name, given] of [
      ["read_node_content", { path: "a.md" }],
      ["read_node_content", { file_path: "a.md" }],
      ["read_documents", { path: "a.md" }],
      ["read_documents", { id: "a.md" }],
      ["inject_tags", { path: "a.md", tags: ["x"] }],
      ["inject_tags", { id: "a.md", tags: ["x"] }],
      ["write_note", { file_path: "a.md", text: "x" }],
      ["list_directory_structure", { file_path: "docs" }],
      ["search_documents", { query: "x", paths: ["docs"] }],
    ] as const) {
      const failed = await tools
        .get(name)
        ?.call({} as ToolContext, given)
        .catch((error: Error) => error);
      expect([name, given, (failed as { code?: string }).code]).not.toContain("arguments.invalid");
    }
    for (const given of [
      { id: "a.md", path: "b.md" },
      { path: "a.md", file_path: "b.md" },
    ])
      await expect(
        tools.get("read_node_content")?.call({} as ToolContext, given) as Promise<unknown>,
      ).rejects.toMatchObject({ code: "arguments.invalid" });
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

test("a field and its value may stand in any number of blanks", async () => {
  const gap = " ".repeat(50_000);
  expect(await call({ text: "x", where: `${gap}status${gap}=${gap}open${gap}` })).toMatchObject({
    where: { status: "open" },
  });
  await expect(call({ text: "x", where: `${gap}status${gap}` })).rejects.toMatchObject({
    code: "arguments.invalid",
  });
});

test("the name of a field is not repeated however long it is", async () => {
  const error: unknown = await call({ text: "x", where: { ["k".repeat(50_000)]: ["open"] } }).catch(
    (refused) => refused,
  );
  expect(error).toMatchObject({ code: "arguments.invalid" });
  expect(String(error).length).toBeLessThan(1_000);
});
