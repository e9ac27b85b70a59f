/** How sure a search is of identifiers, numbers and dates: what no document has is not answered by what is like it. */
import { describe, expect, test } from "bun:test";
import { searchGraph } from "../../../src/graph/search/index.ts";
import { unitVector } from "../../helpers/graph-fixture.ts";
import { useSearchableTexts } from "../../helpers/searchable-texts.ts";

const TEXTS = {
  ticket: "Mend JIRA-4821 on Monday.",
  flag: "The flag is 0x1A3F here.",
  day: "We met on 4.3.2020 and 2021-03-05.",
  port: "The port is 8080.",
  again: "Port 8080 again, 4350 metres of cable.",
  more: "Take 8080 once more.",
  code: "Call getUserName() at first.",
  phone: "Call +49 30 123 4567 at noon.",
  moving: "The migration of the shop went well.",
};
const { db, index } = useSearchableTexts(TEXTS, { count: 20, text: (at) => `A report of Monday, ${at}.` });

/** Meaning leads to a note that has nothing of it, as near as can be. */
const search = (query: string, mode: "hybrid" | "lexical") =>
  searchGraph(db, index, { query, mode, limit: 5, vector: unitVector("A report of Monday, 3.") });

describe.each(["hybrid", "lexical"] as const)("in %s mode", (mode) => {
  test.each([
    ["JIRA-9999", "JIRA-9999"],
    ["status of JIRA-9999", "JIRA-9999"],
    ["0x1A3E", "0x1A3E"],
    ["4.3.2021", "4.3.2021"],
    ["2021-03-06", "2021-03-06"],
    ["getUserMail", "getUserMail"],
    ["030 123 9999", "030 123 9999"],
    ["9999", "9999"],
    ['"the port was 8080"', "the port was 8080"],
  ])("nothing is sure for %s, which no document has", (query, lacked) => {
    for (const { confidence, lacks } of search(query, mode)) {
      expect(confidence).toBeLessThan(0.3);
      expect(lacks).toEqual([lacked]);
    }
  });

  test.each([
    ["JIRA-4821", "ticket.md"],
    ["0x1A3F", "flag.md"],
    ["4.3.2020", "day.md"],
    ["2021-03-05", "day.md"],
    ["4350", "again.md"],
    ["port 8080", "again.md"],
    ["getUserName", "code.md"],
    ['"the port is 8080"', "port.md"],
  ])("what has all of %s is sure", (query, id) => {
    const [first] = search(query, mode);
    expect(first?.id).toBe(id);
    expect(first?.confidence).toBeGreaterThanOrEqual(0.8);
    expect(first?.lacks).toBeUndefined();
  });

  test("each of several that have it is sure", () => {
    const having = search("8080", mode).filter(({ id }) => ["port.md", "again.md", "more.md"].includes(id));
    expect(having.length).toBe(3);
    for (const { confidence } of having) expect(confidence).toBeGreaterThanOrEqual(0.8);
  });

  test.each(["what happened in 2023 with the migration of the shop", "migration unicorns", "030 1234567"])(
    "%s is answered, or may be",
    (query) => {
      for (const { lacks } of search(query, mode)) expect(lacks).toBeUndefined();
    },
  );
});

describe("a plain word", () => {
  test("that stands nowhere and is all of the query is named, and what is near in meaning is no answer", () => {
    for (const query of ["xylophone", "Xylophone", "the xylophones"]) {
      const found = search(query, "hybrid");
      expect(found.length).toBeGreaterThan(0);
      expect(found[0]?.confidence).toBeLessThan(0.3);
      for (const { lacks } of found) expect(lacks).toEqual([query.split(" ").at(-1) as string]);
    }
  });

  test("nor a second or a third one: all of them are named", () => {
    for (const query of ["xylophone lessons", "unicorn xylophone lessons"])
      for (const { lacks } of search(query, "hybrid")) expect(lacks).toEqual(query.split(" "));
  });

  test.each([
    "migrations",
    "shopkeeping migration",
    "xylophone lessons for four beginners",
    "mirgation",
    "metre",
  ])("%s: in another form, beside others, or mistyped, is not", (query) => {
    const found = search(query, "hybrid");
    expect(found.length).toBeGreaterThan(0);
    for (const { lacks } of found) expect(lacks).toBeUndefined();
  });
});
