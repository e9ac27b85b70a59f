/** Fix of `index.fts`: builds the full-text index again from the passages, in one transaction. */
import { openForWriting, writeTransaction } from "../../sqlite/open.ts";
import { type Fix, textOf } from "./fix.ts";

export const rebuildIndex: Fix = async (target) => {
  const db = openForWriting(textOf(target, "database"));
  try {
    writeTransaction(db, () => db.run("INSERT INTO search_index (search_index) VALUES ('rebuild')"));
    const [passages] = db.query("SELECT count(*) FROM chunks").values()[0] as [number];
    return `built again from ${passages} passages`;
  } finally {
    db.close();
  }
};
