/** Queries that are prose: pasted passages, dashes, things in quotes, long ones. Nothing of them is lost. */
import { describe, expect, test } from "bun:test";
import { searchGraph } from "../../../src/graph/search/index.ts";
import { parseQuery } from "../../../src/graph/search/query/query.ts";
import { unitVector } from "../../helpers/graph-fixture.ts";
import { useSearchableTexts } from "../../helpers/searchable-texts.ts";

const TEXTS = {
  income: "Diversification of what you earn is wise, and income from several places is steady.",
  style: "The style of a functional program.",
  age: "A 30-year-old man was seen; his knee was swollen.",
  knee: "A swollen knee after a fall, in an old man of many years.",
};
const { db, index } = useSearchableTexts(TEXTS, { count: 40, text: (at) => `The report of day ${at}.` });

const find = (query: string, mode: "lexical" | "semantic" | "hybrid" = "lexical") =>
  searchGraph(db, index, { query, mode, limit: 5, vector: unitVector("x") });
const excluded = (query: string): string[] => parseQuery(query, []).excluded.map(({ text }) => text);

describe("a hyphen before a word", () => {
  test("excludes where it is asked for", () => {
    expect(excluded("shoes -running")).toEqual(["running"]);
    expect(excluded("shoes -running red -blue")).toEqual(["running", "blue"]);
    expect(
      excluded("what are the shoes that people wear in winter on a bicycle in the snow and rain -running"),
    ).toEqual(["running"]);
    expect(excluded("metal -can")).toEqual(["can"]);
  });

  test("is a dash in prose", () => {
    expect(excluded("the model -which was small- fits the data")).toEqual([]);
    expect(excluded("care before -and after birth")).toEqual([]);
    expect(
      excluded(
        "In the end nobody knew what to do -nobody had asked either, and so the harbour stayed closed for the whole of that winter",
      ),
    ).toEqual([]);
  });
});

test.each(["kubectl -n edge delete secret", "lvextend -r -L +50G", "git cliff -o CHANGELOG.md"])(
  "a hyphen before a letter alone is the option of a command: %s",
  (query) => {
    expect(excluded(query)).toEqual([]);
  },
);

describe("a phrase in quotes that nothing has to the letter", () => {
  test("is found by its words where more was said, and the answer says that it lacks", () => {
    const [first] = find('why is "diversification of income" wise');
    expect(first?.id).toBe("income.md");
    expect(find('"income diversification"')).toEqual([]);
    expect(find('steady "income diversification"')[0]?.lacks).toEqual(["income diversification"]);
  });
});

test("what has a word of a long quotation does not have the quotation", () => {
  const query = 'the report "nobody of those people ever saw a functional harbour before"';
  const [first] = searchGraph(db, index, {
    query,
    mode: "lexical",
    limit: 5,
    vector: undefined,
    explain: true,
  });
  expect(first?.id).toBe("style.md");
  expect(first?.explain?.exactness).toBeLessThan(0.1);
});

test("a number that is part of an adjective is no identifier", () => {
  const { sought } = parseQuery("swollen knee of a 30-year-old", []);
  expect(sought.filter(({ isExact }) => isExact)).toEqual([]);
  expect(find("the swollen knee of a 30-year-old man after a fall, in old people")[0]?.id).toBe("knee.md");
  expect(find("30-year-old")[0]?.id).toBe("age.md");
});

test("a page of words is sought by all of them", () => {
  const page = Array.from({ length: 400 }, (_, at) => `absent${at.toString(36)} report`).join(" ");
  expect(find(`${page} functional ${page}`)[0]?.id).toBe("style.md");
});

test("meaning alone names what no document has, too", () => {
  const [near] = find("JIRA-9999", "semantic");
  expect(near?.lacks).toEqual(["JIRA-9999"]);
  expect(near?.confidence).toBeLessThan(0.3);
  expect(find("the functional style", "semantic")[0]?.lacks).toBeUndefined();
});
