/** The package has no types of its own. */
declare module "s3rver" {
  interface S3rverOptions {
    readonly port: number;
    readonly address: string;
    readonly directory: string;
    readonly silent: boolean;
    readonly key?: Uint8Array;
    readonly cert?: Uint8Array;
    readonly configureBuckets: readonly { readonly name: string }[];
  }
  class S3rver {
    constructor(options: S3rverOptions);
    run(): Promise<unknown>;
  }

  export = S3rver;
}
