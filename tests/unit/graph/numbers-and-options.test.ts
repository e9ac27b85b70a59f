/** A number with a name before it, and the option of a pasted command. */
import { describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { foundIn, notes } from "../../helpers/found-in.ts";
import { fixtureGraph, writeFixture } from "../../helpers/graph-fixture.ts";

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

describe("a long number with letters", () => {
  const documents = notes({
    british: "VAT no. GB 293 8471 06. Payment within 30 days.",
    german: "USt-IdNr. DE 811 907 554. Zahlungsziel 14 Tage.",
    norwegian: "Org. nr. NO 987 654 321 MVA. Pays in NOK.",
    hash: "Mended in 81190755de, by Mira.",
    others: "GB 293 8471 07, DE 811 907 555, 293 847, 987 654 322.",
  });
  test.each([
    ["GB293847106", "british.md"],
    ["DE811907554", "german.md"],
    ["NO987654321", "norwegian.md"],
    ["no987654321mva", "norwegian.md"],
    ["vat gb293847106", "british.md"],
    ["81190755de", "hash.md"],
    ["GB293847107", "others.md"],
  ])("%s", (query, id) => {
    for (const mode of ["lexical", "hybrid"] as const) expect(foundIn(documents, query, mode)[0]).toBe(id);
  });
  test("comes first where it is written together", () => {
    const together = notes({ together: "The number GB293847106 is theirs." });
    expect(foundIn([...documents, ...together], "GB293847106", "lexical")[0]).toBe("together.md");
  });
  test("is nowhere where only another one is there", () => {
    using db = fixtureGraph();
    writeFixture(db, documents);
    const asked = { query: "GB293847109 payment", mode: "lexical", limit: 3, vector: undefined } as const;
    expect(searchGraph(db, new SemanticIndex(db), asked)[0]?.lacks).toEqual(["GB293847109"]);
    const [found] = searchGraph(db, new SemanticIndex(db), { ...asked, query: "GB293847106" });
    expect([found?.id, found?.lacks]).toEqual(["british.md", undefined]);
    expect(found?.confidence ?? 0).toBeGreaterThan(0.7);
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
