export function bunFlags(folder: string): string[];
