import { expect, test } from "bun:test";
import { DamagedRows } from "../../../src/graph/damage.ts";
import { databaseError } from "../../../src/graph/open.ts";
import { forAgents } from "../../../src/mcp/for-agents.ts";

test("tools stand in the place of commands, and a command stays where no tool does what it does", () => {
  expect(forAgents("Run `amalfa init`, then run `amalfa doctor --check db.lock`.")).toBe(
    "Call refresh, then call health.",
  );
  expect(forAgents("Run `amalfa rebuild`.")).toBe("Run `amalfa rebuild`.");
});

test("who met damaged rows is not sent to health, which compares a part of them", () => {
  const { hint } = databaseError(
    "/notes/graph.db",
    new DamagedRows("rows of a.md are not what was written"),
  ) as {
    hint: string;
  };
  expect(forAgents(hint)).toStartWith("Run `amalfa rebuild`");
  expect(forAgents(hint)).toContain("`amalfa doctor --deep` compares all rows");
  expect(forAgents(hint)).not.toContain("health");
});
