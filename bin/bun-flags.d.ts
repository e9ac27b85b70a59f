export function bunFlags(folder: string): string[];
export function programFolders(path: string): string[];
