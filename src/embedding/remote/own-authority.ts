import { readFileSync } from "node:fs";
import { messageOf } from "../../system/index.ts";
import { RemoteFault } from "./remote-cache.ts";

/** The certificates of an authority of one's own. Throws a `RemoteFault`. */
export function ownAuthority(): { readonly ca?: string } {
  const file = process.env.NODE_EXTRA_CA_CERTS ?? "";
  if (file === "") return {};
  try {
    return { ca: readFileSync(file, "utf8") };
  } catch (error) {
    throw new RemoteFault(`the certificates of NODE_EXTRA_CA_CERTS cannot be read: ${messageOf(error)}`);
  }
}
