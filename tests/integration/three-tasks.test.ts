/** A newcomer, an agent, and somebody at two in the morning: what docs/guides/three-tasks.md shows is what happens. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { settled, TASKS_PAGE, tasksPage } from "../../scripts/three-tasks.ts";

test("the transcript of the three tasks is what the program prints (bun scripts/three-tasks.ts)", async () => {
  expect(settled(readFileSync(TASKS_PAGE, "utf8"))).toBe(settled(await tasksPage()));
}, 300_000);
