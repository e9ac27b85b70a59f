/** Answers of a server whose connections are the point, and that nobody asks for anything. */
import type { Answers } from "../../src/mcp/protocol.ts";

const nothing = () => Promise.reject(new Error("nobody asks for this"));

export const NO_ANSWERS: Answers = {
  tools: nothing,
  callTool: nothing,
  resources: nothing,
  resourceTemplates: nothing,
  readResource: nothing,
  completeId: nothing,
  look: nothing,
};
