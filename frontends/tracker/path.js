/**
 * The address of the page within its site, with all that tells pages apart: the path, unless the settings
 * PAGE_QUERY or HASH_ROUTES name more. Then ingest serves another module in place of this one, made with
 * naming.js (see __init__.py).
 */
export const pagePath = () => location.pathname;
