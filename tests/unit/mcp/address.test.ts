import { expect, test } from "bun:test";
import { isLoopback, ownNames, parseAddress, requireHost, urlOf } from "../../../src/mcp/http/address.ts";
import { foreignReason } from "../../../src/mcp/http/guard.ts";

test.each([
  [undefined, "127.0.0.1", 3011, false],
  ["8080", "127.0.0.1", 8080, true],
  ["0", "127.0.0.1", 0, true],
  ["localhost", "localhost", 3011, false],
  ["0.0.0.0:80", "0.0.0.0", 80, true],
  ["notes.example:443", "notes.example", 443, true],
  ["[::1]:9", "::1", 9, true],
  ["[::]", "::", 3011, false],
  ["::1", "::1", 3011, false],
] as const)("the address %p is %s, port %d", (text, host, port, isPortGiven) => {
  expect(parseAddress(text)).toEqual({ host, port, isPortGiven });
});

test.each(["", "http://127.0.0.1:1", "127.0.0.1:99999", "host:", "a b", "99999"])(
  "%p is no address",
  (text) => {
    expect(() => parseAddress(text)).toThrow();
  },
);

test("a name without an address is wrong usage, and the form is named", async () => {
  for (const text of ["127.0.0.1", "localhost:80", "[::1]:9", "[::]", "0.0.0.0"])
    await requireHost(parseAddress(text));
  const refused = requireHost(parseAddress("no-such-host.invalid"));
  await expect(refused).rejects.toMatchObject({
    code: "usage",
    hint: expect.stringContaining("HOST:PORT"),
    message: '"no-such-host.invalid" is no address to listen on: there is no host of that name.',
  });
});

test("what others can reach is told from what they cannot", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) expect(isLoopback(host)).toBe(true);
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.example"])
    expect(isLoopback(host)).toBe(false);
});

test("a server for all addresses is shown with one that works", () => {
  expect(urlOf("0.0.0.0", 80, false)).toBe("http://127.0.0.1:80");
  expect(urlOf("::1", 80, true)).toBe("https://[::1]:80");
});

test("a name that somebody else may own is refused, and one that was allowed is not", () => {
  const headers = (host: string, origin?: string) =>
    new Headers({ host, ...(origin === undefined ? {} : { origin }) });
  const guard = { names: ownNames("127.0.0.1", ["Notes.example"]), origins: ["https://app.example"] };
  for (const host of ["127.0.0.1:1", "LOCALHOST", "[::1]:1", "notes.example", "notes.example:443"])
    expect(foreignReason(headers(host), guard)).toBeUndefined();
  for (const host of ["evil.example", "notes.example.evil", "10.0.0.1", "[::2]:1", ""])
    expect(foreignReason(headers(host), guard)).toBeDefined();
  expect(foreignReason(headers("localhost:1", "http://localhost:1"), guard)).toBeUndefined();
  expect(foreignReason(headers("localhost:1", "https://app.example"), guard)).toBeUndefined();
  for (const origin of ["http://localhost:2", "null", "https://app.example.evil", "chrome-extension://x", ""])
    expect(foreignReason(headers("localhost:1", origin), guard)).toBeDefined();
});
