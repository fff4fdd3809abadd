/** The one workspace of a node without a database. Kong draws its id at random; ours is fixed, so that log lines of several nodes agree. */
export const DEFAULT_WORKSPACE = { id: '5b0c3f6e-6d5a-4e0e-9b57-2f7c5d1f0a01', name: 'default' } as const;
