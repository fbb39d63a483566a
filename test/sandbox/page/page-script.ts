/**
 * What the pay page does in the browser: counts down, keeps a second click from paying twice, waits for a pending
 * attempt, and hands the payer back, by navigation or, inside the checkout script's frame, by a message.
 */
export const PAGE_SCRIPT = `
(() => {
  const facts = document.body.dataset;
  const framed = facts.framed === "yes";

  const tell = (result) => {
    const target = facts.parentOrigin || "*";
    window.parent.postMessage({ source: "sandbox-checkout", result }, target);
  };

  const leave = () => {
    if (framed) tell(facts.result);
    else if (facts.returnUrl) location.replace(facts.returnUrl);
  };

  if (facts.result) {
    for (const link of document.querySelectorAll("[data-leave]")) {
      link.addEventListener("click", (event) => {
        if (!framed) return;
        event.preventDefault();
        leave();
      });
    }
    if (facts.hurry === "yes") setTimeout(leave, 1200);
  }

  const clock = document.getElementById("time-left");
  const tick = () => {
    const leftSec = Math.max(0, Math.ceil((Number(facts.expiresAtMs) - Date.now()) / 1000));
    clock.textContent = Math.floor(leftSec / 60) + ":" + String(leftSec % 60).padStart(2, "0");
    if (leftSec > 0) return;
    clearInterval(timer);
    setTimeout(() => location.reload(), 1500);
  };
  const timer = clock ? setInterval(tick, 1000) : 0;
  if (clock) tick();

  const form = document.getElementById("pay-form");
  form?.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    // Later, as a button that is disabled now would not be part of what is sent.
    setTimeout(() => form.querySelectorAll("button").forEach((button) => (button.disabled = true)));
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  if (facts.watch) {
    setInterval(async () => {
      const answer = await fetch(facts.watch).catch(() => undefined);
      if (answer?.ok && (await answer.json()).waiting === false) location.reload();
    }, 1500);
  }
})()
`;
