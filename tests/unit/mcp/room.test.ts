import { expect, test } from "bun:test";
import { Room } from "../../../src/mcp/http/room.ts";

test("nobody takes more than half of the room, and all together no more than there is", () => {
  const room = new Room({ mostBytes: 100, smallBytes: 5 });
  const first = room.seat("greedy");
  expect(first.hold(30)).toBe(true);
  expect(first.hold(40)).toBe(true);
  expect(room.seat("greedy").hold(20)).toBe(false);
  expect(room.seat("other").hold(50)).toBe(true);
  expect(room.seat("third").hold(11)).toBe(false);
  expect(room.seat("third").hold(10)).toBe(true);
  expect(room.seat("greedy").hold(6)).toBe(false);
  first[Symbol.dispose]();
  expect(room.seat("greedy").hold(40)).toBe(true);
});

test("what is small finds room in a full one", () => {
  const room = new Room({ mostBytes: 100, smallBytes: 5 });
  for (const client of ["one", "two"]) expect(room.seat(client).hold(50)).toBe(true);
  for (const client of ["one", "three"]) expect(room.seat(client).hold(5)).toBe(true);
  expect(room.seat("three").hold(6)).toBe(false);
});
