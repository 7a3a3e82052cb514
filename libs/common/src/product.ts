/** Version of this program; a test compares it with `package.json`. */
export const PRODUCT_VERSION = '0.1.0';

/**
 * What the gateway's own requests to identity providers name as their `User-Agent` (RFC 9110 section 10.1.5). The
 * firewalls of several clouds answer 403 to a request without one.
 */
export const USER_AGENT = `gatehouse/${PRODUCT_VERSION}`;
