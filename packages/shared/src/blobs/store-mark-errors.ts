/** The store bears another installation's mark, or content that is not ours. */
export class ForeignBlobStoreError extends Error {
  readonly code = "foreign_blob_store";
  constructor(why: string, installation: string) {
    super(
      `The blob store ${why}, and this is installation ${installation}: give each a folder, bucket or prefix of its own. ` +
        "If the store is this one's, write that id into its file `owner`.",
    );
    this.name = "ForeignBlobStoreError";
  }
}

/** The store that was claimed is not the one that is found: its mark is missing, and nothing is done there. */
export class MissingBlobStoreError extends Error {
  readonly code = "blob_store_missing";
  /** @param place the folder, or the bucket and the prefix */
  constructor(place: string, installation: string) {
    super(
      `${place} is not the store of attachments that this database uses: its mark, the file \`owner\`, is missing. ` +
        "Is the disk mounted, and is it the right folder, bucket or prefix? " +
        `To begin with an empty store on purpose, write ${installation} into its file \`owner\`.`,
    );
    this.name = "MissingBlobStoreError";
  }
}
