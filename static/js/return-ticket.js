/**
 * Knows this browser again after a crash. Browsers write cookies to disk up to half a minute late; a ticket in
 * IndexedDB is on disk before anybody records. A page that does not know its visitor hands the tickets in, once.
 */

const DATABASE = "realm-return";
const STORE = "tickets";
const MOST_TICKETS = 20;

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "ticket" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Resolves when it is on disk.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T> | undefined} act
 * @returns {Promise<T | undefined>}
 */
async function inStore(mode, act) {
  const database = await openDatabase();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** @param {string[]} tickets the one in front last */
async function keep(tickets) {
  const now = Date.now();
  await inStore("readwrite", (store) => {
    tickets.forEach((ticket, place) => store.put({ ticket, kept: now + place }));
  });
}

/** @param {string} url @param {string} csrfToken */
async function comeBack(url, csrfToken) {
  const kept = (await inStore("readonly", (store) => store.getAll())) ?? [];
  if (!kept.length) return;
  const form = new FormData();
  const newest = kept.sort((one, other) => one.kept - other.kept).slice(-MOST_TICKETS);
  newest.forEach(({ ticket }) => form.append("ticket", ticket));
  const answer = await fetch(url, { method: "POST", body: form, headers: { "X-CSRFToken": csrfToken } });
  if (answer.ok && (await answer.json()).remembered > 0) location.reload();
}

const page = document.querySelector("[data-return-url]");
if (page instanceof HTMLElement && window.indexedDB) {
  const tickets = page.dataset.returnTickets.split(" ").filter(Boolean);
  // Without storage (private browsing) the cookie alone has to do.
  (tickets.length ? keep(tickets) : comeBack(page.dataset.returnUrl, page.dataset.csrfToken)).catch(() => undefined);
}
