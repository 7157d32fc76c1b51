/** The page's only way to the simulator: its control API, of which the page is one user like the tests. */

async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  return response.status === 204 ? null : response.json();
}

export const getState = () => ask("GET", "/control/state");

export const getConversation = (waId) => ask("GET", `/control/conversations/${encodeURIComponent(waId)}`);

const lines = new Map(); // wa_id → the end of its queue

/**
 * Send messages as the contact `waId`. A person's messages leave one after the other, in the order typed,
 * although each is its own request; nobody waits for the business's webhook to answer.
 */
export function sendAs(waId, body) {
  const path = `/control/contacts/${encodeURIComponent(waId)}/send`;
  const sent = (lines.get(waId) ?? Promise.resolve()).then(() => ask("POST", path, { ...body, wait: false }));
  lines.set(waId, sent.catch(() => undefined));
  return sent;
}

/** The faults `"graph"` or `"openai"` still has before it: `[{kind, …}]`. */
export const getFaults = (server) => ask("GET", `/control/${server}/faults`);

/** Set (a list) or clear (an empty list) the faults of `"graph"` or `"openai"`. */
export function setFaults(server, faults) {
  const path = `/control/${server}/faults`;
  return faults.length ? ask("POST", path, { faults }) : ask("DELETE", path);
}

/**
 * Listen to what happens: `onEvent(event)` for each, `onConnection(up)` when the stream opens or breaks.
 * The browser reconnects by itself; whoever listens reads the state again on each opening.
 */
export function listen(onEvent, onConnection) {
  const stream = new EventSource("/control/events");
  stream.onopen = () => onConnection(true);
  stream.onerror = () => onConnection(false);
  stream.onmessage = (message) => onEvent(JSON.parse(message.data));
}
