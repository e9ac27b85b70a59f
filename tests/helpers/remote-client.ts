/**
 * A client on another machine, as a program: `remote-client.ts URL TOKEN WORK…`. Prints one JSON document a line.
 *
 * - `search`: the ids that are found, by the official client of each era, by 1.x and by 2.x
 * - `calls N`: as many, eight at a time: how many were answered, failed and wrong
 * - `listen URI`: `listening`, then each change that is told, until it is ended
 * - `status PATH [HEADER=VALUE…]`: what is answered without the token, unless a header has it
 */
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as EarlierClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as EarlierTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url = "", token = "", work, ...args] = process.argv.slice(2);
const requestInit = { headers: { authorization: `Bearer ${token}` } };
const SEARCH = { name: "search_documents", arguments: { query: "compost", mode: "lexical", limit: 1 } };

const say = (value: unknown): void => console.log(JSON.stringify(value));
const idsIn = (result: { readonly [field: string]: unknown }): string[] =>
  (result.structuredContent as { results: { id: string }[] }).results.map(({ id }) => id);

async function later(mode: "legacy" | { pin: string }): Promise<Client> {
  const client = new Client({ name: "remote", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  return client;
}

switch (work) {
  case "search": {
    const earlier = new EarlierClient({ name: "remote", version: "1" });
    const transport = new EarlierTransport(new URL(url), { requestInit });
    await earlier.connect(transport as Parameters<typeof earlier.connect>[0]);
    say(idsIn(await earlier.callTool(SEARCH)));
    for (const mode of ["legacy", { pin: "2026-07-28" }] as const)
      say(idsIn(await (await later(mode)).callTool(SEARCH)));
    break;
  }
  case "calls": {
    const client = await later({ pin: "2026-07-28" });
    const counts = { answered: 0, failed: 0, wrong: 0 };
    let left = Number(args[0]);
    const call = async (): Promise<void> => {
      while (left-- > 0) {
        try {
          const ids = idsIn(await client.callTool(SEARCH, { timeout: 30_000 }));
          if (ids.join() === "soil/compost.md") counts.answered++;
          else counts.wrong++;
        } catch {
          counts.failed++;
        }
        if (counts.answered === 20) say("under way");
      }
    };
    await Promise.all(Array.from({ length: 8 }, call));
    say(counts);
    break;
  }
  case "listen": {
    const client = await later({ pin: "2026-07-28" });
    client.setNotificationHandler("notifications/resources/updated", ({ params }) => say(params.uri));
    await client.listen({ resourceSubscriptions: [args[0] ?? ""] });
    say("listening");
    await new Promise(() => {});
    break;
  }
  default: {
    const headers = Object.fromEntries(args.slice(1).map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
    const isMcp = args[0] === "/mcp";
    const init = isMcp ? { method: "POST", body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' } : {};
    const answered = await fetch(new URL(args[0] ?? "", url), { ...init, headers }).then(
      ({ status }) => status,
      (error: Error) => error.message,
    );
    say(answered);
  }
}
process.exit();
