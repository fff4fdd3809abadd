/** The version of Kong whose Admin API this is; decK chooses its ways by it. */
export const KONG_VERSION = '3.9.3';
