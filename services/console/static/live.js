// What changes, told to this page by the event `live:changed`: ids of conversations, or "everything" when something may
// have been missed. Of all open pages of a browser one hears the server and tells the others: browsers keep few
// connections to one host, and each page would take one for itself.
const channel = new BroadcastChannel("live");
export const live = { leads: false };

function tell(changed) {
  document.dispatchEvent(new CustomEvent("live:changed", { detail: changed }));
}

// Ends when the server does not let us in any more. A stream that breaks comes again by itself, and begins by telling
// that everything may have changed.
function hear() {
  live.leads = true;
  return new Promise((resolve) => {
    const stream = new EventSource("/events");
    stream.addEventListener("changed", (event) => {
      const changed = JSON.parse(event.data);
      channel.postMessage(changed);
      tell(changed);
    });
    stream.addEventListener("error", () => stream.readyState === EventSource.CLOSED && resolve());
    window.addEventListener("pagehide", () => (stream.close(), resolve()));
  }).finally(() => (live.leads = false));
}

channel.addEventListener("message", (event) => tell(event.data));
document.addEventListener("DOMContentLoaded", () => {
  tell(["everything"]); // something may have changed between the page and this moment
  if (navigator.locks) navigator.locks.request("live", hear);
  else hear(); // only where the page came without encryption from another machine
});
