/** Most processes of one gateway; beyond that each would have too small a share of every limit. */
export const MAX_WORKERS = 64;
