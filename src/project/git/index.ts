/** What git says of a folder: mostly its own files, read as they lie, since a repository may name programs to start. */
export { haveOneOwner, lookAt, orUndefined } from "./config.ts";
export { readIgnoreFiles } from "./ignore-files.ts";
export { Git } from "./program.ts";
export { linkedWorktree, repositoryTop, treeOf } from "./tree.ts";
