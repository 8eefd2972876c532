// The page and its files, kept by the browser: it opens without network once visited.
// The server writes VERSION, PAGE and FILES above these lines. No data goes through here.
const NAME = `saisie-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil(fetchAll().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname === PAGE || FILES.includes(pathname)) event.respondWith(kept(pathname, request));
});

async function fetchAll() {
  const cache = await caches.open(NAME);
  await cache.addAll([PAGE, ...FILES].map((path) => new Request(path, { cache: "reload" })));
}

async function dropOthers() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("saisie-") && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function kept(pathname, request) {
  const cache = await caches.open(NAME);
  return (await cache.match(pathname)) ?? fetch(request);
}
