/** I14: on whose word a remote vector cache is used, and what is never shown of its address. */
import { describe, expect, test } from "bun:test";
import { parseRemoteUrl, type RemoteSettings } from "../../../src/project/index.ts";
import { decideRemote, type RemoteFound } from "../../../src/project/remote.ts";

const settings = (url: string | undefined, more: Partial<RemoteSettings> = {}): RemoteSettings => ({
  url,
  mode: undefined,
  ttlMs: undefined,
  isPlain: false,
  ...more,
});
const THEIRS = "rediss://evil.example:6379";
const decide = (found: Partial<RemoteFound>) =>
  decideRemote({ env: {}, user: undefined, project: undefined, isAgreed: false, ...found });
const used = (found: Partial<RemoteFound>) => {
  const decision = decide(found);
  if (decision.kind !== "use") throw new Error(JSON.stringify(decision));
  return { url: decision.use.url.shown, from: decision.use.from, mode: decision.use.mode };
};

describe("An address takes effect", () => {
  const url = "rediss://cache.team.example";

  test("from the environment, for reading and writing", () => {
    expect(used({ env: { AMALFA_CACHE_REMOTE_URL: url } })).toEqual({
      url,
      from: "environment",
      mode: "readwrite",
    });
  });

  test("from the settings of the user, for reading unless they say more", () => {
    expect(used({ user: settings(url) })).toEqual({ url, from: "user", mode: "read" });
    expect(used({ user: settings(url, { mode: "readwrite" }) }).mode).toBe("readwrite");
  });

  test("from the project's settings once the user has agreed", () => {
    expect(used({ project: settings(url), isAgreed: true })).toEqual({ url, from: "project", mode: "read" });
  });

  test("in that order, and the mode of the environment holds for all", () => {
    const project = settings(THEIRS, { mode: "readwrite" });
    const env = { AMALFA_CACHE_REMOTE_URL: url };
    expect(used({ env, user: settings("rediss://other.example"), project, isAgreed: true }).url).toBe(url);
    expect(used({ user: settings(url), project, isAgreed: true })).toMatchObject({ url, mode: "read" });
    expect(used({ project, isAgreed: true, env: { AMALFA_CACHE_REMOTE_MODE: "read" } }).mode).toBe("read");
  });
});

describe("A project's settings alone", () => {
  test("are named and ignored", () => {
    const decision = decide({ project: settings(THEIRS, { mode: "readwrite" }) });
    expect(decision).toMatchObject({ kind: "ignored", shown: THEIRS });
    expect(decision).toMatchObject({ message: expect.stringContaining("amalfa trust") });
  });

  test("do not decide what is done with an address from elsewhere", () => {
    const project = settings(THEIRS, { mode: "readwrite", isPlain: true, ttlMs: 1 });
    expect(used({ user: settings("rediss://ours.example"), project }).mode).toBe("read");
    const plain = decide({
      env: { AMALFA_CACHE_REMOTE_URL: "redis://ours.example", AMALFA_CACHE_SIGNING_KEY: "k" },
      project,
    });
    expect(plain.kind).toBe("refused");
  });
});

describe("A connection that is not encrypted", () => {
  const key = { AMALFA_CACHE_SIGNING_KEY: "k" };
  const said = { AMALFA_CACHE_REMOTE_PLAIN: "1" };

  test("is fine on this machine", () => {
    for (const host of ["localhost", "127.0.0.1", "127.8.8.8", "[::1]", "a.localhost"]) {
      expect(decide({ env: { AMALFA_CACHE_REMOTE_URL: `redis://${host}:6379` } }).kind).toBe("use");
    }
  });

  test("is refused beyond it, unless it is asked for and rows are signed", () => {
    for (const host of [
      "cache.example",
      "10.0.0.7",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "[::2]",
    ]) {
      for (const protocol of ["redis", "http"]) {
        const env = { AMALFA_CACHE_REMOTE_URL: `${protocol}://${host}/path` };
        expect(decide({ env }).kind).toBe("refused");
        expect(decide({ env: { ...env, ...key } }).kind).toBe("refused");
        expect(decide({ env: { ...env, ...said } }).kind).toBe("refused");
        expect(decide({ env: { ...env, ...said, ...key } }).kind).toBe("use");
      }
    }
  });

  test("is refused to an S3 endpoint as well", () => {
    const env = { AMALFA_CACHE_REMOTE_URL: "s3://bucket/prefix" };
    expect(decide({ env: { ...env, S3_ENDPOINT: "http://minio.example:9000" } }).kind).toBe("refused");
    expect(decide({ env: { ...env, S3_ENDPOINT: "http://127.0.0.1:9000" } }).kind).toBe("use");
    expect(decide({ env }).kind).toBe("use");
  });
});

describe("What is secret in an address", () => {
  const url = "rediss://name:pa%24s@cache.example:6380/2?token=abcdef#part";

  test("is not shown, printed or turned into JSON", () => {
    const parsed = parseRemoteUrl(url)!;
    const shown = [parsed.shown, String(parsed), JSON.stringify({ parsed }), Bun.inspect(parsed)].join(" ");
    for (const secret of ["pa$s", "pa%24s", "name", "abcdef"]) expect(shown).not.toContain(secret);
    expect(parsed.secrets()).toEqual(expect.arrayContaining(["pa$s", "pa%24s", "name", "abcdef"]));
    expect(parsed.mayHoldSecret).toBe(true);
  });

  test("is in no decision", () => {
    for (const wrong of ["ftp://name:secret@host", "not an address with secret", "rediss://:secret@"]) {
      const decision = decide({
        env: { AMALFA_CACHE_REMOTE_URL: wrong, AMALFA_CACHE_SIGNING_KEY: "hidden" },
      });
      expect(decision.kind).toBe("refused");
      expect(JSON.stringify(decision)).not.toMatch(/secret(?!\))|hidden/);
    }
    const fine = decide({ env: { AMALFA_CACHE_REMOTE_URL: url, AMALFA_CACHE_SIGNING_KEY: "hidden" } });
    expect(JSON.stringify(fine) + Bun.inspect(fine, { depth: 9 })).not.toMatch(/pa\$s|pa%24s|abcdef|hidden/);
  });

  test("a mode that there is not is refused", () => {
    const env = { AMALFA_CACHE_REMOTE_URL: url, AMALFA_CACHE_REMOTE_MODE: "write" };
    expect(decide({ env })).toMatchObject({ kind: "refused" });
  });
});
