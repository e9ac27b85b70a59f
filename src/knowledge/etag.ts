/** What names the content of a file: other bytes have another one. */
export function etagOf(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex").slice(0, 16);
}
