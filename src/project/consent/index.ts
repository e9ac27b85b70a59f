/** Consent to settings that are a program: what it covers, where it is kept, and how what it covers is run. */
export type { ConsentInState, RemoteTrust, TrustReport } from "./trust.ts";

/** Everything about settings that are programs, which most projects do not have. */
export const loadConsent = async () => ({
  ...(await import("./program.ts")),
  ...(await import("./trust.ts")),
  ...(await import("./store.ts")),
  ...(await import("./trust.ts")),
});

/**
 * Runs a settings file that is a program and answers what it exports as default. Throws `config.untrusted` without
 * consent.
 */
export const runAgreed = async (file: string): Promise<unknown> => (await import("./run.ts")).runAgreed(file);
