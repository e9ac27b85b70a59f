/** How long a remote is waited for. */
import { expect, test } from "bun:test";
import { RemoteFault, within } from "../../../src/embedding/remote/remote-cache.ts";

test("a server that has answered while this thread was busy is not late", async () => {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (client) => {
        client.end("here");
      },
    },
  });
  const asked = new Promise<string>((resolve) => {
    void Bun.connect({
      hostname: "127.0.0.1",
      port: server.port,
      socket: {
        open: (socket) => {
          socket.write("are you there?");
        },
        data: (_, data) => resolve(data.toString()),
      },
    });
  });
  const answer = within(200, "late", asked);
  Bun.sleepSync(600);
  expect(await answer).toBe("here");
  server.stop(true);
});

test("one that is silent is late after its time, and a signal ends the wait before", async () => {
  const silent = new Promise<never>(() => {});
  const started = performance.now();
  await expect(within(120, "late", silent)).rejects.toThrow(RemoteFault);
  expect(performance.now() - started).toBeGreaterThan(100);
  const interruption = new AbortController();
  const asked = within(600_000, "late", silent, interruption.signal);
  interruption.abort();
  await expect(asked).rejects.toMatchObject({ code: "interrupted" });
});
