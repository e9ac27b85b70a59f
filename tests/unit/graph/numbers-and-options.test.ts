/** A number with a name before it, and the option of a pasted command. */
import { describe, expect, test } from "bun:test";
import { foundIn, notes } from "../../helpers/found-in.ts";

describe("a number with a name before it", () => {
  const documents = [
    ...notes({
      other: "A record that is superseded by ADR-0007, an ADR by Ann.",
      offers: "See OFF-2024-018, OFF-2024-007 and ADR-0017 of 2024.",
      room: "Meet in room 12, an adr.",
    }),
    { id: "seven.md", title: "ADR-0007: Secrets", texts: ["From the vault."] },
    { id: "offer.md", title: "OFF-2024-017", texts: ["A table of oak."] },
  ];
  test.each([
    ["ADR 7", "seven.md"],
    ["ADR-7", "seven.md"],
    ["adr7", "seven.md"],
    ["ADR-007", "seven.md"],
    ["what does ADR 7 say", "seven.md"],
    ["OFF-2024-0017", "offer.md"],
    ["OFF 2024 17", "offer.md"],
    ["room 012", "room.md"],
  ])("is found with other noughts: %s", (query, id) => {
    expect(foundIn(documents, query, "lexical")[0]).toBe(id);
  });
  test("is not found as a part of another number", () => {
    expect(foundIn(documents, "ADR-17", "lexical")[0]).toBe("offers.md");
    expect(foundIn(documents, "OFF-2024-7", "lexical")[0]).toBe("offers.md");
  });
});

describe("the option of a command", () => {
  const documents = notes({
    check: "See what is served: `openssl s_client -connect api.example:443`.",
    tree: "Connect the pump first.",
  });
  test("is looked for where the notes have it with its hyphen after the same word", () => {
    expect(foundIn(documents, "openssl s_client -connect api.example:443", "lexical")[0]).toBe("check.md");
    expect(foundIn(documents, "OpenSSL  s_client -connect", "hybrid")[0]).toBe("check.md");
  });
  test("is a word to be left out where they do not", () => {
    expect(foundIn(documents, "openssl -connect", "lexical")).toEqual([]);
    expect(foundIn(documents, "pump -connect", "hybrid")).toEqual(["decoy.md"]);
  });
});
