/** The peers as far as they are used: types are checked where they are not installed. */
declare module "sqlite-vec" {
  export function load(db: { loadExtension(file: string): void }): void;
}

declare module "@huggingface/transformers" {
  export const env: { allowRemoteModels: boolean; allowLocalModels: boolean; localModelPath: string };
  export function pipeline(
    task: "feature-extraction",
    model: string,
    options: { readonly dtype: "q8"; readonly device: "cpu" },
  ): Promise<
    (
      texts: readonly string[],
      options: { readonly pooling: "mean"; readonly normalize: boolean },
    ) => Promise<unknown>
  >;
}
