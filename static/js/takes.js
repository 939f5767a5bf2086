/**
 * Takes on their way to the server, kept in this browser (IndexedDB) until the server has answered with the same
 * SHA-256 or refused for good: closing the tab, losing the network or a crash loses nothing.
 */

/**
 * @typedef {object} Take
 * @property {string} client_uuid made here; the server answers the same UUID with the same answer
 * @property {string} sha256 of `bytes`, 64 hex digits
 * @property {ArrayBuffer} bytes the WAV file; an ArrayBuffer because WebKit has lost Blobs kept in IndexedDB
 * @property {object} capture how it was recorded
 * @property {string} assignment public id of the sentences it belongs to
 * @property {string} campaign slug
 */

const DATABASE = "realm";
const STORE = "takes";

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "client_uuid" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another tab holds an older version of this page"));
  });
}

/**
 * One transaction; resolves when it is on disk, not when it was asked for.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>}
 */
async function inStore(mode, act) {
  const database = await openDatabase();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** @param {Take} take */
export async function keepTake(take) {
  await inStore("readwrite", (store) => store.put(take));
  // Asks the browser not to clear this site when the disk is full; a no changes nothing.
  navigator.storage?.persist?.().catch(() => false);
}

/** @param {string} clientUuid */
export async function forgetTake(clientUuid) {
  await inStore("readwrite", (store) => store.delete(clientUuid));
}

/** @returns {Promise<Take[]>} */
export async function waitingTakes() {
  return inStore("readonly", (store) => store.getAll());
}

/** @param {ArrayBuffer} bytes */
export async function sha256Of(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Version 4, as crypto.randomUUID makes them; Safari has that only since 15.4. */
export function newUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
