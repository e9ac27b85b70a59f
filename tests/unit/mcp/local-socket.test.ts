import { expect, test } from "bun:test";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { connectToServer } from "../../../src/mcp/bridge.ts";
import { keepLocalSocket, openLocalSocket } from "../../../src/mcp/http/local-socket.ts";
import { NO_ANSWERS } from "../../helpers/no-answers.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";
import { until } from "../../helpers/until.ts";

test("a server that ends takes its own socket away, and not a later server's", async () => {
  using temp = new TempFolder();
  const folder = temp.join("server");
  const place = { folder, socket: `${folder}/1.0.0.sock` };
  const isFound = async () => {
    const connection = await connectToServer(place, temp.path);
    connection?.destroy();
    return connection !== undefined;
  };
  const first = await openLocalSocket(place, () => NO_ANSWERS);
  expect(await isFound()).toBe(true);
  expect(await openLocalSocket(place, () => NO_ANSWERS)).toBeUndefined();
  rmSync(place.socket);
  const second = await openLocalSocket(place, () => NO_ANSWERS);
  expect(await isFound()).toBe(true);
  await first?.close();
  expect(await isFound()).toBe(true);
  await second?.close();
  expect(existsSync(place.socket)).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});

test("of two servers the second one has the socket once the first has ended, and again where it was removed", async () => {
  using temp = new TempFolder();
  const folder = temp.join("server");
  const place = { folder, socket: `${folder}/1.0.0.sock` };
  const asked: string[] = [];
  const answersOf = (name: string) => () => {
    asked.push(name);
    return NO_ANSWERS;
  };
  const isAnsweredBy = async (name: string) => {
    asked.length = 0;
    const connection = await connectToServer(place, temp.path);
    connection?.destroy();
    return connection !== undefined && asked[0] === name;
  };
  const first = await keepLocalSocket(place, answersOf("first"), 10);
  const second = await keepLocalSocket(place, answersOf("second"), 10);
  expect(await isAnsweredBy("first")).toBe(true);
  await first.close();
  await until(() => isAnsweredBy("second"), { what: "the second server to be found" });
  rmSync(place.socket);
  await until(() => isAnsweredBy("second"), { what: "the second server to be found again" });
  await second.close();
  expect(readdirSync(folder)).toEqual([]);
});
