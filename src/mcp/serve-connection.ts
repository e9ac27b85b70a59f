/** One client on a pair of streams: stdin and stdout, or a bridge's connection. */
import type { Server } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { Follower } from "./follower.ts";
import { type Answers, createServer } from "./protocol.ts";
import type { StdioTransport } from "./stdio-transport.ts";
import { MOST_SUBSCRIPTIONS, tellClient, wantedIn } from "./subscriptions.ts";

export interface ServedConnection {
  close(): Promise<void>;
}

export function serveConnection(
  transport: StdioTransport,
  answers: Answers,
  onError: (error: Error) => void = () => {},
): ServedConnection {
  const follower = new Follower((request) => answers.look(request));
  const listening = new Map<string | number, Disposable>();
  let later: Server | undefined;
  // The SDK keeps to itself what clients of the later era listen for, and passes on of all changes what they asked for.
  transport.onlisten = async (id, params) => {
    const wanted = wantedIn(params);
    if (wanted === undefined || listening.size >= MOST_SUBSCRIPTIONS) return;
    listening.get(id)?.[Symbol.dispose]();
    listening.set(id, await follower.add(wanted, (change) => later && tellClient(later, change)));
  };
  transport.oncancel = (id) => {
    listening.get(id)?.[Symbol.dispose]();
    listening.delete(id);
  };
  const connection = serveStdio(
    ({ era }) => {
      if (era !== "modern") return createServer(answers, { follower });
      later = createServer(answers, { follower: "of the connection" });
      return later;
    },
    { transport, onerror: onError, maxSubscriptions: MOST_SUBSCRIPTIONS },
  );
  return {
    close: async () => {
      follower[Symbol.dispose]();
      await connection.close();
    },
  };
}
