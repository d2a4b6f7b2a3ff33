// Shows what has changed without a reload: the server tells that there is something new, and the parts of the page
// that are marked as live are exchanged for those of the page as it is now.
"use strict";
(() => {
  let isBusy = false;
  let isStale = false;
  // What of an element stays when its part of the page is exchanged: where it leads, what it copies, or what it says.
  const name = (one) => [one.localName, one.id, one.getAttribute("href"), one.dataset.copy, one.getAttribute("aria-label"),
    one.localName === "summary" ? one.textContent : ""].join("\n");
  const alike = (part, wanted) => [...part.querySelectorAll("a, button, summary, [tabindex]")].filter((one) => name(one) === wanted);
  const confirm = (button) => {
    button.textContent = "copied";
    button.addEventListener("blur", () => { button.textContent = "copy"; }, { once: true });
  };
  const exchange = (old, now) => {
    const open = [...old.querySelectorAll("details")].map((one) => one.open);
    const scrolled = [...old.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const wanted = focused && name(focused);
    const place = focused && alike(old, wanted).indexOf(focused);
    const isCopied = focused?.matches("button.copy") && focused.textContent === "copied";
    old.replaceChildren(...now.childNodes);
    old.querySelectorAll("details").forEach((one, index) => { one.open = open[index] ?? false; });
    old.querySelectorAll(".scroll").forEach((one, index) => { one.scrollLeft = scrolled[index] ?? 0; });
    if (!focused) return;
    const found = alike(old, wanted);
    const again = found[place] ?? found.at(-1);
    again?.focus({ preventScroll: true });
    if (again && isCopied) confirm(again);
  };
  const swap = (fresh) => {
    for (const old of document.querySelectorAll("[data-live]")) {
      const now = fresh.getElementById(old.id);
      if (now && now.innerHTML !== old.innerHTML) exchange(old, now);
    }
  };
  const refresh = async () => {
    if (isBusy || document.hidden) { isStale = true; return; }
    isBusy = true;
    isStale = false;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* The server is gone for a moment: the next event tries again. */ }
    isBusy = false;
    if (isStale) refresh();
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    // A browser has no clipboard for pages without TLS, but for those of its own machine.
    if (!button || !navigator.clipboard) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    confirm(button);
  });
  // A browser keeps six connections to a host: only a page that is looked at has one for its events. A page that was
  // left would otherwise keep its own, since the way back leads to it as it was.
  const events = document.body.dataset.events;
  let source = null;
  const listen = () => {
    if (source || document.hidden) return;
    source = new EventSource(events);
    source.addEventListener("slot", refresh);
    // The browser itself tries again where nobody answers, and gives up at an answer such as 502 or 503.
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      source = null;
      setTimeout(listen, 10_000);
    });
  };
  const rest = () => {
    source?.close();
    source = null;
  };
  const resume = () => {
    listen();
    refresh();
  };
  if (events) {
    listen();
    addEventListener("pagehide", rest);
    addEventListener("pageshow", (event) => { if (event.persisted) resume(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden) rest(); else resume(); });
  }
})();
