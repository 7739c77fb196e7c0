/** Base64 of bytes. */

/** @param {ArrayBufferLike} bytes */
export const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
