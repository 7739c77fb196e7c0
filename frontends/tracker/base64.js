/** Base64 of bytes. */

/** @param {ArrayBuffer | Uint8Array} bytes */
export const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
