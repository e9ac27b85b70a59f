/** One client on a pair of streams: stdin and stdout, or a bridge's connection. */
import type { Server } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { Follower, type Following } from "./follower.ts";
import { type Answers, createServer } from "./protocol.ts";
import { INTERNAL_ERROR, INVALID_PARAMS, RequestError } from "./request-error.ts";
import type { StdioTransport } from "./stdio-transport.ts";
import { MOST_SUBSCRIPTIONS, TOO_MANY_SUBSCRIPTIONS, tellClient, wantedIn } from "./subscriptions.ts";

export interface ServedConnection {
  close(): Promise<void>;
}

export function serveConnection(
  transport: StdioTransport,
  answers: Answers,
  onError: (error: Error) => void = () => {},
): ServedConnection {
  const follower = new Follower((request) => answers.look(request));
  const listening = new Map<string | number, Following>();
  let later: Server | undefined;
  const end = (id: string | number): void => {
    listening.get(id)?.[Symbol.dispose]();
    listening.delete(id);
  };
  // The SDK keeps to itself what clients of the later era listen for, and passes on of all changes what they asked for.
  transport.onlisten = async (id, params) => {
    const wanted = wantedIn(params);
    if ("refused" in wanted) throw new RequestError(INVALID_PARAMS, wanted.refused);
    end(id);
    if (listening.size >= MOST_SUBSCRIPTIONS) throw new RequestError(INTERNAL_ERROR, TOO_MANY_SUBSCRIPTIONS);
    const following = follower.follow(wanted, (change) => later && tellClient(later, change));
    listening.set(id, following);
    await following.ready;
    return listening.get(id) === following;
  };
  transport.onunheard = end;
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
