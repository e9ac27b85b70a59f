/** What the bearer of a token may call. */
import { expect, test } from "bun:test";
import { rightFor } from "../../../src/mcp/http/rights.ts";
import { loadTools } from "../../../src/mcp/tools/index.ts";

test("whatever does more than read needs a right of its own, as it says of itself", async () => {
  for (const { name, annotations, needs } of await loadTools()) {
    expect([name, rightFor(name) === "read"]).toEqual([name, annotations.readOnlyHint === true]);
    expect([name, rightFor(name) === "write"]).toEqual([name, needs === "write"]);
  }
});
