const STATUS_PATH = /^\/(?:status(?:\/[^?]*)?|health|metrics|upstreams\/[^/?]+\/health)(?:\?|$)/;

/** Whether a request target belongs to the Status API; the rest of the router is the Admin API's. */
export const isStatusPath = (url: string): boolean => STATUS_PATH.test(url);
