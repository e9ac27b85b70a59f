/** What a test puts before a command that is to be held to the permissions of files, as anybody but root is. */

/** Takes root's way around file permissions away; root stays the owner of its files. Nothing for other users. */
export const WITHOUT_OVERRIDE: readonly string[] =
  process.getuid?.() === 0
    ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--"]
    : [];
