/** What answers are asked for, as messages that another process can be sent. */
import type { LookRequest } from "./look.ts";
import type { Answers, ToolCall } from "./protocol.ts";

export type Ask =
  | { readonly kind: "tools" }
  | { readonly kind: "call"; readonly call: ToolCall }
  | { readonly kind: "resources"; readonly cursor: string | undefined }
  | { readonly kind: "templates" }
  | { readonly kind: "resource"; readonly uri: string }
  | { readonly kind: "complete"; readonly typed: string }
  | { readonly kind: "look"; readonly request: LookRequest };

/** What answers one, in this process. */
export function answerTo(answers: Answers, ask: Ask): Promise<unknown> {
  switch (ask.kind) {
    case "tools":
      return answers.tools();
    case "call":
      return answers.callTool(ask.call, NEVER);
    case "resources":
      return answers.resources(ask.cursor);
    case "templates":
      return answers.resourceTemplates();
    case "resource":
      return answers.readResource(ask.uri);
    case "complete":
      return answers.completeId(ask.typed);
    case "look":
      return answers.look(ask.request);
  }
}

/** Who has given up is not waited for; the work itself takes milliseconds and is finished. */
const NEVER = new AbortController().signal;

/** Answers that somebody else is asked for. */
export function answersVia(ask: (ask: Ask, signal?: AbortSignal) => Promise<unknown>): Answers {
  // What comes back is what `answerTo` answers, on the other side.
  const asked = <Kind extends keyof Answers>(what: Ask, signal?: AbortSignal) =>
    ask(what, signal) as ReturnType<Answers[Kind]>;
  return {
    tools: () => asked<"tools">({ kind: "tools" }),
    callTool: (call, signal) => asked<"callTool">({ kind: "call", call }, signal),
    resources: (cursor) => asked<"resources">({ kind: "resources", cursor }),
    resourceTemplates: () => asked<"resourceTemplates">({ kind: "templates" }),
    readResource: (uri) => asked<"readResource">({ kind: "resource", uri }),
    completeId: (typed) => asked<"completeId">({ kind: "complete", typed }),
    look: (request) => asked<"look">({ kind: "look", request }),
  };
}
