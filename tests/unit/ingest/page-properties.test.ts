import { expect, test } from "bun:test";
import { parseDocument } from "../../../src/ingest/markdown/parse.ts";

const named = (text: string) => {
  const { title, aliases } = parseDocument(text);
  return { title, aliases };
};

test("properties that a page of Logseq begins with are its title and its aliases", () => {
  expect(named("title:: Großer Plan\nalias:: plan, [[der Plan]]\ntags:: garten\n\n- Text\n")).toEqual({
    title: "Großer Plan",
    aliases: ["plan", "der Plan"],
  });
  expect(named("\n- icon:: x\n  Title:: [[Roof]]\n- Text\n").title).toBe("Roof");
  // To Logseq such a page is called as its file is.
  expect(named("alias:: A\n\nText\n")).toEqual({ title: undefined, aliases: ["A"] });
  expect(named("---\ntitle: First\naliases: [A]\n---\ntitle:: Second\nalias:: A, B\n")).toEqual({
    title: "First",
    aliases: ["A", "B"],
  });
});

test.each([
  ["further down", "# Heading\n\ntitle:: Other\nalias:: x\n"],
  ["in prose", "# Heading\n\nThe line title:: is Logseq's.\n"],
  ["of code", "# Heading\n\n```\nalias:: x\n```\n"],
])("the same words %s are none", (_, text) => {
  expect(named(text)).toEqual({ title: "Heading", aliases: [] });
});

test("names of C++ at the beginning are no properties", () => {
  expect(named("std::vector is a class.\n")).toEqual({ title: undefined, aliases: [] });
  expect(named("title::\n\nText\n")).toEqual({ title: undefined, aliases: [] });
});
