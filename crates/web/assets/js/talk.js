// Adds messages that arrive to the list of a conversation. Without this script, reloading the page shows the same.

const list = document.querySelector("ol.messages[data-events]");
const news = document.getElementById("news");

function add(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const item = holder.content.firstElementChild;
  // A message that is there already (our own, sent in another window, or one told twice) is not shown again.
  if (!item || document.getElementById(item.id)) {
    return;
  }
  list.append(item);
  const author = item.querySelector("b");
  if (news && author && !item.classList.contains("mine")) {
    news.textContent = `A new message from ${author.textContent}.`;
  }
}

if (list && "EventSource" in window) {
  // From what the page shows on: what is said while it is on its way, or while it lies behind another, comes too.
  let after = list.dataset.after;
  let events;
  const listen = () => {
    events = new EventSource(`${list.dataset.events}?after=${after}`);
    events.addEventListener("message", (event) => {
      after = event.lastEventId;
      add(event.data);
    });
  };
  listen();
  window.addEventListener("pagehide", () => events.close());
  window.addEventListener("pageshow", (event) => event.persisted && listen());
}
