/** How the bearer of a token calls its projects. */
import { sep } from "node:path";
import type { NamedRoot } from "../tool.ts";

/**
 * Each by the name of its folder; where several are called the same, by as much of their paths as tells them apart.
 * The names say nothing of any project that is not among them.
 */
export function namesOfRoots(roots: readonly string[]): NamedRoot[] {
  const distinct = [...new Set(roots)];
  return distinct.map((root) => {
    const parts = root.split(sep).filter((part) => part !== "");
    for (let length = 1; length <= parts.length; length++) {
      const name = parts.slice(-length).join("/");
      const alike = distinct.filter((other) => `/${other.split(sep).join("/")}`.endsWith(`/${name}`));
      if (alike.length === 1) return { name, root };
    }
    return { name: root, root };
  });
}
