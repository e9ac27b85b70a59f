/**
 * What a request is answered that fails, in terms of JSON-RPC. The SDK passes on code, message and data of whatever is
 * thrown; it has a class of its own for them, and takes longer to load than all else that a read worker is made of.
 */
import { escapedAsInJson } from "../system/index.ts";

export class RequestError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    // It may quote what a client or a file calls itself, and be shown in a terminal.
    super(escapedAsInJson(message));
    this.name = "RequestError";
    this.code = code;
    this.data = data;
  }
}

export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;
