/** Lets everything that waits have its turn: a scrape is never worth a request's delay. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
