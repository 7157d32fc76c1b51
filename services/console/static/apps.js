// Looks again every ten seconds while somebody looks at the page. Without this script it is reloaded by hand.
const live = document.getElementById("live");
const every = 10_000;

async function again() {
  if (document.hidden) return;
  try {
    const answer = await fetch(window.location.href, { headers: { "X-Requested-With": "script" } });
    if (answer.status === 401) return window.location.assign("/login");
    if (!answer.ok) return;
    const now = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    if (now && !live.contains(document.activeElement)) live.replaceChildren(...now.childNodes);
  } catch {
    // The next look may reach it.
  }
}

setInterval(again, every);
