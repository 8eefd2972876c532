// What this phone holds: the frame, the outing being written, the queue of what is not sent yet.
// Nothing here has a date or an hour of writing.
const NAME = "saisie";
const KEPT = "kept"; // "frame", "draft", "leaving"
const QUEUE = "queue"; // by id of the outing
let opening = null;

function database() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(KEPT);
      asked.result.createObjectStore(QUEUE, { keyPath: "id" });
    };
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      asked.result.onclose = () => (opening = null);
      asked.result.onversionchange = () => asked.result.close();
      resolve(asked.result);
    };
  });
  opening.catch(() => (opening = null));
  return opening;
}

// Runs `work` in one transaction; its promise holds only once the disk has it.
async function transact(mode, work) {
  let held = await database();
  let transaction;
  try {
    transaction = held.transaction([KEPT, QUEUE], mode, { durability: "strict" });
  } catch {
    opening = null; // the browser closed it while the page slept
    held = await database();
    transaction = held.transaction([KEPT, QUEUE], mode, { durability: "strict" });
  }
  return new Promise((resolve, reject) => {
    let made;
    transaction.oncomplete = () => resolve(made);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
    work(transaction.objectStore(KEPT), transaction.objectStore(QUEUE), (value) => (made = value));
  });
}

export const getKept = (key) =>
  transact("readonly", (kept, _queue, give) => {
    kept.get(key).onsuccess = ({ target }) => give(target.result ?? null);
  });

export const setKept = (key, value) =>
  transact("readwrite", (kept) => (value === null ? kept.delete(key) : kept.put(value, key)));

export const queued = () =>
  transact("readonly", (_kept, queue, give) => {
    queue.getAll().onsuccess = ({ target }) => give(target.result);
  });

// An outing enters the queue and is no longer being written: both or neither.
export const enqueue = (record, frame) =>
  transact("readwrite", (kept, queue) => {
    queue.put(record);
    kept.delete("draft");
    kept.put(frame, "frame");
  });

// Changes a record of the queue, when it is still there.
export const amend = (id, changes) =>
  transact("readwrite", (_kept, queue) => {
    queue.get(id).onsuccess = ({ target }) => {
      if (target.result) queue.put({ ...target.result, ...changes });
    };
  });

export const forget = (id) => transact("readwrite", (_kept, queue) => queue.delete(id));

// Drops what was never on its way, or was refused; says whether it did.
export const discard = (id) =>
  transact("readwrite", (_kept, queue, give) => {
    give(false);
    queue.get(id).onsuccess = ({ target }) => {
      if (!target.result || (target.result.tried && !target.result.aside)) return;
      queue.delete(id);
      give(true);
    };
  });

// The phone forgets the team; what is not sent stays unless it is asked to go.
export const forgetTeam = (unsentToo) =>
  transact("readwrite", (kept, queue) => {
    kept.delete("frame");
    kept.put(true, "leaving");
    if (!unsentToo) return;
    kept.delete("draft");
    queue.clear();
  });
