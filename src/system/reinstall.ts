/** What to do where the program itself lacks something: how it came, it comes again. */
export const REINSTALL =
  "Install amalfa again as it was installed: `npm install -g amalfa`, " +
  "`npm install amalfa` in a project, or `bun install --force` in a clone.";
