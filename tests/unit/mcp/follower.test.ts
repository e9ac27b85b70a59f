import { expect, test } from "bun:test";
import { type Change, Follower } from "../../../src/mcp/follower.ts";
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

/** What resources say, by a graph that may be locked. */
function graphOf(said: Record<string, string>) {
  const graph = { state: 1, looks: 0, isLocked: false };
  const look = async ({ uris, since }: LookRequest): Promise<Look> => {
    graph.looks++;
    await Bun.sleep(1);
    if (graph.isLocked) throw new Error("busy");
    const state = String(graph.state);
    return state === since
      ? { state }
      : { state, now: { list: "list", said: uris.map((uri) => said[uri] ?? null) } };
  };
  return { graph, look };
}

test("who comes while the graph cannot be read is told of what changes once it can", async () => {
  const said: Record<string, string> = { a: "1", b: "1" };
  const { graph, look } = graphOf(said);
  using follower = new Follower(look, 5);
  const heard: string[] = [];
  const tell = (change: Change) => void heard.push(change.kind === "list" ? "list" : change.uri);
  await follower.add({ uris: ["a"], list: false }, tell);
  graph.isLocked = true;
  await follower.add({ uris: ["b"], list: false }, tell);
  graph.isLocked = false;
  const before = graph.looks;
  await until(() => graph.looks > before + 1, { what: "a look at both" });
  said.b = "2";
  graph.state++;
  await until(() => heard.length > 0, { what: "the newcomer to be told" });
  expect(heard).toEqual(["b"]);
});

test("those who come at once share a look, and who leaves before it is done is not told", async () => {
  const said: Record<string, string> = { a: "1" };
  const { graph, look } = graphOf(said);
  using follower = new Follower(look, 5);
  const heard: string[] = [];
  const all = Array.from({ length: 1_000 }, (_, place) =>
    follower.follow({ uris: ["a"], list: false }, () => void heard.push(String(place))),
  );
  for (const following of all.slice(1)) following[Symbol.dispose]();
  await Promise.all(all.map(({ ready }) => ready));
  expect(graph.looks).toBeLessThan(4);
  said.a = "2";
  graph.state++;
  await until(() => heard.length > 0, { what: "who has stayed to be told" });
  expect(heard).toEqual(["0"]);
  all[0]?.[Symbol.dispose]();
  expect(follower.isIdle).toBe(true);
});

test("nobody is looked for once all have left before their first look", async () => {
  const { graph, look } = graphOf({});
  using follower = new Follower(look, 1);
  const following = follower.follow({ uris: ["a"], list: true }, () => {});
  following[Symbol.dispose]();
  await following.ready;
  const { looks } = graph;
  await Bun.sleep(20);
  expect({ looks: graph.looks, isIdle: follower.isIdle }).toEqual({ looks, isIdle: true });
});
