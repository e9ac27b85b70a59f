import { expect, test } from "bun:test";
import { Follower } from "../../../src/mcp/follower.ts";
import type { Look, LookRequest } from "../../../src/mcp/look.ts";
import { until } from "../../helpers/until.ts";

test("who comes while somebody else's resources are looked at is told of changes as well", async () => {
  const said: Record<string, string> = { a: "1", b: "1" };
  let state = 1;
  const look = async ({ uris, since }: LookRequest): Promise<Look> => {
    await Bun.sleep(5);
    const now = { list: "list", said: uris.map((uri) => said[uri] ?? null) };
    return String(state) === since ? { state: String(state) } : { state: String(state), now };
  };
  using follower = new Follower(look, 5);
  const heard: string[] = [];
  const add = (uri: string) =>
    follower.add({ uris: [uri], list: true }, (change) =>
      heard.push(change.kind === "list" ? `${uri} list` : `${uri} hears ${change.uri}`),
    );
  const [first] = await Promise.all([add("a"), add("b")]);
  said.a = said.b = "2";
  state++;
  await until(() => heard.length === 2, { what: "both to be told" });
  expect(heard.sort()).toEqual(["a hears a", "b hears b"]);
  first?.[Symbol.dispose]();
  said.a = said.b = "3";
  state++;
  await until(() => heard.length === 3, { what: "the other to be told" });
  expect(heard).toContain("b hears b");
  expect(follower.isIdle).toBe(false);
});

test("a graph that cannot be read for a while is looked at again", async () => {
  let looks = 0;
  const look = async (): Promise<Look> => {
    if (++looks % 2 === 0) throw new Error("busy");
    return { state: String(looks), now: { list: "list", said: [String(looks)] } };
  };
  using follower = new Follower(look, 5);
  const heard: string[] = [];
  await follower.add({ uris: ["a"], list: true }, (change) => heard.push(change.kind));
  await until(() => heard.length > 1, { what: "two changes" });
  expect(new Set(heard)).toEqual(new Set(["resource"]));
});
