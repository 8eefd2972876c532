// Calls to the server. No answer (no network, a cut, a portal that redirects) is status 0.
const PATIENCE_MS = 30000;

export async function call(path, body, headers = {}) {
  const sent =
    body === undefined
      ? {}
      : {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify(body),
        };
  try {
    const answer = await fetch(path, {
      ...sent,
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await answer.text();
    return { status: answer.status, values: parsed(text) };
  } catch {
    return { status: 0, values: null };
  }
}

// A Wi-Fi portal may answer anything in the server's place: only our own JSON counts.
function parsed(text) {
  try {
    const values = JSON.parse(text);
    return typeof values === "object" ? values : null;
  } catch {
    return null;
  }
}
