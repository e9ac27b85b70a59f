import { describe, expect, test } from "bun:test";
import { documentId, relativePathOf } from "../../../src/ingest/markdown/link-paths.ts";
import { seeded } from "../../helpers/random.ts";

describe("documentId", () => {
  test("leaves ordinary names alone, however unusual their letters", () => {
    for (const path of ["docs/guide.md", "a b/c'd\"e.md", "émoji 😀/日本.md", "back\\slash.md"]) {
      expect(documentId(path)).toBe(path);
    }
  });

  test("escapes what would break a line or make the code ambiguous", () => {
    expect(documentId("100%.md")).toBe("100%25.md");
    expect(documentId("two\nlines\t.md")).toBe("two%0Alines%09.md");
    expect(documentId("bell\x07\x7f.md")).toBe("bell%07%7F.md");
  });

  test("two different paths never share an id", () => {
    expect(documentId("a%0A.md")).not.toBe(documentId("a\n.md"));
    const alphabet = ["%", "2", "5", "0", "A", "\n", "/", "é", "\x7f"];
    const ids = new Map<string, string>();
    const random = seeded(1);
    for (let i = 0; i < 5_000; i++) {
      const path = Array.from({ length: random.between(1, 6) }, () => random.pick(alphabet)).join("");
      const id = documentId(path);
      expect(ids.get(id) ?? path).toBe(path);
      ids.set(id, path);
      expect(relativePathOf(id)).toBe(path);
      expect(id).not.toMatch(/[\x00-\x1f\x7f]/);
    }
  });
});
