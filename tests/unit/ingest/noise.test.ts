import { describe, expect, test } from "bun:test";
import { chunkDocument } from "../../../src/ingest/chunking/chunk.ts";
import { leaveOutNoise } from "../../../src/ingest/markdown/noise.ts";
import { parseDocument } from "../../../src/ingest/markdown/parse.ts";
import { seeded } from "../../helpers/random.ts";

const random = seeded(7);
const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => random.between(0, 255));
const base32 = (count: number): string =>
  Array.from(bytes(count), (byte) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32]).join("");
const base64 = (count: number): string => Buffer.from(bytes(count)).toString("base64");
const wrapped = (count: number, width = 64): string =>
  base64(count)
    .match(new RegExp(`.{1,${width}}`, "g"))!
    .join("\n");
const words = (count: number): string => Array.from({ length: count }, (_, i) => `word${i % 97}`).join(" ");

/** As many tokens as words and half of what is no word. */
const tokenizer = {
  count: (text: string) => Math.ceil((text.match(/\w+|[^\w\s]/g)?.join(" ").length ?? 0) / 4),
  addsUp: false,
};
const chunksOf = (text: string) => chunkDocument(parseDocument(text), tokenizer, 256);

const path = `M10 10 ${Array.from({ length: 400 }, (_, i) => `C${i}.25,${i * 3} ${i}-4.5,1 7,${i}`).join(" ")}Z`;
const minified = `!function(e,t){"object"==typeof exports?${Array.from({ length: 300 }, (_, i) => `t.a${i}=e(${i}),n[${i}]&&(r=o.b${i}||{});`).join("")}}(this);`;

const hexadecimal = (count: number): string[] =>
  [...bytes(count)].map((byte) => byte.toString(16).padStart(2, "0"));
const dumped = Array.from({ length: 300 }, (_, line) => {
  const [left, right] = [hexadecimal(8), hexadecimal(8)].map((half) => half.join(" "));
  return `${(line * 16).toString(16).padStart(8, "0")}  ${left}  ${right}  |${".".repeat(16)}|`;
}).join("\n");
const uuencoded = Array.from(
  { length: 200 },
  () => `M${[...bytes(60)].map((byte) => String.fromCharCode(33 + (byte % 64))).join("")}`,
).join("\n");

/** As people write it into style sheets: percent-encoded, but for blanks and quotes. */
const halfEncoded =
  `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>${"<path fill='none' d='M1 2 L3 4'/>".repeat(300)}</svg>`
    .replaceAll("<", "%3C")
    .replaceAll(">", "%3E");
const places = Array.from({ length: 60 }, () => base64(30).replaceAll("/", ",").replaceAll("=", ";"));
const printable = (count: number): string =>
  [...bytes(count)].map((byte) => String.fromCharCode(33 + (byte % 85))).join("");
const quoted = Array.from({ length: 200 }, () =>
  hexadecimal(24)
    .map((byte) => `=${byte.toUpperCase()}`)
    .join(""),
).join("=\n");

const NOISE: [string, string][] = [
  ["half an encoding, in an image", `![x](data:image/svg+xml,${halfEncoded})`],
  [
    "half an encoding, in a style sheet",
    `\`\`\`css\na { background: url("data:image/svg+xml,${halfEncoded}") }\n\`\`\``,
  ],
  [
    "half an encoding, in its own quotes",
    `\`\`\`css\na { background: url('data:image/svg+xml;utf8,${halfEncoded}') }\n\`\`\``,
  ],
  ["half an encoding, in HTML", `<img src='data:image/svg+xml,${halfEncoded.toLowerCase()}'>`],
  ["half an encoding, encoded once more", `<a:data:image/svg+xml,${halfEncoded.replaceAll("%", "%25")}>`],
  ["half an encoding, cut off", `url(data:image/svg+xml,${encodeURIComponent(`<svg>${"<g/>".repeat(900)}`)}`],
  [
    "data in an address",
    `<https://example.org/?state=${encodeURIComponent(`{"a":${JSON.stringify(Array.from({ length: 300 }, (_, i) => [i, "x"]))}}`)}>`,
  ],
  [
    "a source map",
    `\`\`\`json\n{ "version": 3, "sources": ["a.ts"],\n "mappings": "${places.join(";")}" }\n\`\`\``,
  ],
  [
    "ASCII85",
    `<~${printable(6_000)
      .match(/.{1,75}/g)!
      .join("\n")}~>`,
  ],
  ["bytes of a mail", `Content-Transfer-Encoding: quoted-printable\n\n${quoted}`],
  [
    "shapes of SVG, each short",
    `<svg viewBox="0 0 9 9">\n${'<path d="M1 2h3v4z"/>\n<circle cx="1" cy="2" r="3"/>\n'.repeat(300)}</svg>`,
  ],
  ["a dump of bytes", `\`\`\`\n${dumped}\n\`\`\``],
  ["an encoded file of a mail", `begin 644 picture.png\n${uuencoded}\n\`\nend`],
  [
    "a drawing written out in the address of an image",
    `![x](data:image/svg+xml;utf8,<svg xmlns='http://x'>${"<path d='M 1 2 L 3 4'/>".repeat(400)}</svg>)`,
  ],
  ["an image", `![chart](data:image/png;base64,${base64(30_000)})`],
  ["a reference image", `![][image1]\n\n[image1]: <data:image/png;base64,${base64(30_000)}>`],
  ["lines of base32", (base32(12_000).match(/.{60}/g) ?? []).join("\n")],
  ["a link", `[font](data:font/woff2;base64,${base64(9_000)} "title")`],
  ["an image of HTML", `<p>\n<img alt="x" src="data:image/jpeg;base64,${base64(30_000)}">\n</p>`],
  ["an image of HTML over lines", `<img src='data:image/gif;base64,\n${wrapped(9_000)}'>`],
  [
    "a style sheet",
    `\`\`\`css\na { background: url(data:image/png;base64,${base64(9_000)}) }\nb { src: url("data:font/ttf;base64,${base64(9_000)}") }\n\`\`\``,
  ],
  [
    "a drawing written out in an address",
    `<img src="data:image/svg+xml;utf8,<svg xmlns='http://x'>${`<path d='M 1 2 L 3 4'/>`.repeat(400)}</svg>">`,
  ],
  [
    "an encoded drawing",
    `![](data:image/svg+xml,${encodeURIComponent(`<svg>${"<g/>".repeat(2_000)}</svg>`)})`,
  ],
  ["a body of a mail", `Content-Transfer-Encoding: base64\n\n${wrapped(30_000, 76)}`],
  ["a body in a quote", wrapped(9_000).replace(/^/gm, "> ")],
  ["a body in a list of texts, as a notebook has it", `["${wrapped(9_000).replaceAll("\n", '\\n",\n"')}"]`],
  [
    "a binary patch of git",
    `\`\`\`diff\nGIT binary patch\nliteral 9000\n${(base64(9_000).match(/.{65}/g) ?? []).map((line) => `z${line.replaceAll("/", "{").replaceAll("+", "(")}\n`).join("")}\n\`\`\``,
  ],
  ["a body in a list of texts", wrapped(9_000).replace(/^.*$/gm, '  "$&",')],
  ["one long run", base64(30_000)],
  ["a run in JSON", `\`\`\`json\n{ "image/png": "${base64(30_000)}", "text": "plain" }\n\`\`\``],
  ["hexadecimal", Buffer.from(bytes(20_000)).toString("hex")],
  [
    "a drawing of Excalidraw",
    `## Drawing\n\`\`\`compressed-json\n${wrapped(30_000, 256).replaceAll("\n", "\n\n")}\n\`\`\`\n%%`,
  ],
  [
    "one that is not compressed",
    `\`\`\`json\n{\n  "type": "excalidraw",\n  "elements": [\n${'    { "x": 1.5, "y": 2 },\n'.repeat(2_000)}  ]\n}\n\`\`\``,
  ],
  [
    "paths of SVG",
    `<svg viewBox="0 0 9 9">\n<path fill="red" d="${path}"/>\n<polyline points='${path.replace(/[A-Z]/g, "")}'/>\n</svg>`,
  ],
  ["a private key", `-----BEGIN RSA PRIVATE KEY-----\n${wrapped(9_000)}\n-----END RSA PRIVATE KEY-----`],
  [
    "a key in a fence",
    `\`\`\`\n-----BEGIN OPENSSH PRIVATE KEY-----\n${wrapped(9_000, 70)}\n-----END OPENSSH PRIVATE KEY-----\n\`\`\``,
  ],
  [
    "a message of PGP",
    `-----BEGIN PGP MESSAGE-----\nVersion: x\n\n${wrapped(9_000)}\n=abcd\n-----END PGP MESSAGE-----`,
  ],
  ["a key in one line", `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAACAQ${base64(2_000)} me@host`],
  ["minified code", `\`\`\`js\n${minified}\n\`\`\``],
  ["minified data", `[${Array.from({ length: 2_000 }, (_, i) => `[${i}.5,-${i}]`).join(",")}]`],
];

describe("what says nothing in words is left out", () => {
  test.each(NOISE)("%s", (_, noise) => {
    const before = `# Report\n\nBefore it stands this.\n\n`;
    const text = `${before}${noise}\n\nThe result was good.\n\n[see](other.md)\n`;
    const { text: short } = leaveOutNoise(text);
    expect(short.length).toBeLessThan(1_100);
    expect(short).toMatch(/left[ -]out/);
    expect(short).toContain("Before it stands this.");
    expect(short).toContain("The result was good.");
    const chunks = chunksOf(text);
    expect(chunks.length).toBeLessThanOrEqual(3);
    // Lines are those of the file.
    const lines = text.split("\n");
    const last = chunks.at(-1)!;
    expect(last.endLine).toBe(lines.length - 1);
    expect(lines.slice(last.startLine - 1, last.endLine).join("\n")).toContain("The result was good.");
    const line = lines.findIndex((each) => each.startsWith("[see]")) + 1;
    expect(parseDocument(text).links.at(-1)).toMatchObject({ target: "other.md", line });
    for (const [index, { startLine }] of chunks.entries()) {
      if (index > 0) expect(startLine).toBeGreaterThan(chunks[index - 1]!.endLine);
    }
  });

  test("a picture stays a picture, and its words are kept", () => {
    const { text } = leaveOutNoise(`![a chart](data:image/png;base64,${base64(3_000)})\n`);
    expect(text).toBe("![a chart](data:image/png;base64,…4000-characters-left-out)\n");
    const { attachments, blocks } = parseDocument(text);
    expect([attachments.length, blocks.length]).toEqual([1, 1]);
  });

  test("several runs of a document are each left out, and what stands between them is not", () => {
    const text = [
      base64(600),
      "one",
      wrapped(600),
      "two",
      `-----BEGIN X-----\n${wrapped(300)}\n-----END X-----`,
      "three",
    ].join("\n\n");
    const { text: short, lines } = leaveOutNoise(text);
    expect(short.match(/left out/g)).toHaveLength(3);
    for (const word of ["one", "two", "three"]) {
      const place = short.split("\n").indexOf(word);
      expect(text.split("\n")[lines![place]! - 1]).toBe(word);
    }
  });
});

describe("what somebody may look for is kept", () => {
  test.each([
    ["prose", words(2_000)],
    ["prose in one line without blanks", "これは長い文章です。".repeat(300)],
    ["a long address", `<https://example.org/${"path-of-words/".repeat(40)}?query=${"value-".repeat(30)}>`],
    ["a long name", `${"com.example.very.long.PackageName.".repeat(20)}Class`],
    ["a rule and a table", `${"-".repeat(500)}\n\n|${"a|".repeat(300)}\n|${"-----|".repeat(300)}\n`],
    ["digests", Array.from({ length: 50 }, () => Buffer.from(bytes(32)).toString("hex")).join("\n")],
    [
      "digests and names",
      Array.from({ length: 50 }, (_, i) => `${Buffer.from(bytes(32)).toString("hex")}  file-${i}.txt`).join(
        "\n",
      ),
    ],
    [
      "identifiers, one a line",
      Array.from({ length: 50 }, (_, i) => `getTheVeryLongNameOfSomeMethodNumber${i}OfTheClass`).join("\n"),
    ],
    [
      "a short key",
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@host",
    ],
    ["a small picture", `![dot](data:image/gif;base64,${base64(30)})`],
    [
      "badges",
      Array.from(
        { length: 40 },
        (_, i) => `[![b${i}](https://img.example.org/a/b.svg?style=flat&label=x)](https://example.org/${i})`,
      ).join(""),
    ],
    [
      "code",
      "```ts\nexport function readTheFile(path: string): string { return read(path, { encoding: 'utf8' }); }\n```\n".repeat(
        50,
      ),
    ],
    ["one letter over and over", "x".repeat(10_000)],
    ["a beginning without an end", `-----BEGIN CERTIFICATE-----\n\n${words(200)}`],
    [
      "a link to a name that is percent-encoded",
      `[Заметка](${encodeURIComponent("Очень длинное имя заметки о том, как варить борщ и печь хлеб в печи.md")})`,
    ],
    ["an address with a query", `<https://example.org/search?${"name=value&other=thing&".repeat(30)}>`],
    ["shapes that have names", '<path id="harbour" d="M1 2h3"/>\n'.repeat(20)],
    ["a mail", `Gr=C3=BC=C3=9Fe aus M=C3=BCnchen, und bis bald.\n`.repeat(20)],
    ["wikilinks in one line", Array.from({ length: 200 }, (_, i) => `[[Note-${i}]]`).join("")],
  ])("%s", (_, text) => {
    expect(leaveOutNoise(text)).toEqual({ text, lines: undefined });
  });
});

test("however much there is, and whatever it pretends to be, it takes linear time", () => {
  const started = process.cpuUsage();
  leaveOutNoise("-----BEGIN A-----\n".repeat(100_000));
  leaveOutNoise("data:".repeat(300_000));
  leaveOutNoise("data:a,".repeat(200_000));
  leaveOutNoise('"data:image/png;base64,'.repeat(50_000));
  leaveOutNoise("```compressed-json\n".repeat(50_000));
  leaveOutNoise(` d="${"1 ".repeat(1_000_000)}`);
  leaveOutNoise("data:image/svg+xml,%3Csvg ".repeat(50_000));
  leaveOutNoise("data:image/svg+xml,%3Csvg\n\n".repeat(50_000));
  leaveOutNoise("<~aaaa".repeat(100_000));
  leaveOutNoise("=D0 ".repeat(300_000));
  leaveOutNoise("%3C%41".repeat(200_000));
  leaveOutNoise(`${"%3C ".repeat(200_000)}`);
  leaveOutNoise("<path d=''".repeat(50_000));
  leaveOutNoise("<path d=''> ".repeat(50_000));
  leaveOutNoise('"mappings":"AAAA'.repeat(50_000));
  leaveOutNoise(wrapped(2_000_000));
  leaveOutNoise(`${"aB3".repeat(20)}\n`.repeat(50_000));
  // Quadratic work on any of these takes minutes.
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(30_000);
});
