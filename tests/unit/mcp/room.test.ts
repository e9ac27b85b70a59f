import { expect, test } from "bun:test";
import { Room } from "../../../src/mcp/http/room.ts";

test("nobody takes more than half of the room, and all together no more than there is", () => {
  const room = new Room(100);
  const first = room.take("greedy", 40);
  expect(first).toBeDefined();
  expect(room.take("greedy", 20)).toBeUndefined();
  expect(room.take("other", 50)).toBeDefined();
  expect(room.take("third", 11)).toBeUndefined();
  expect(room.take("third", 10)).toBeDefined();
  first?.[Symbol.dispose]();
  expect(room.take("greedy", 40)).toBeDefined();
});
