/** What git's own files tell of a folder. Git is not run for it: a repository may name programs for it to start. */
export { haveOneOwner, lookAt, orUndefined } from "./config.ts";
export { readIgnoreFiles } from "./ignore-files.ts";
export { linkedWorktree, repositoryTop, treeOf } from "./tree.ts";
