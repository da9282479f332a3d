// Where a number comes from is in the page already and opens on hover and focus. This adds what CSS cannot:
// tap, Escape, tap elsewhere, and a place inside the window.
(() => {
  const EDGE = 12;
  let open = null;

  function place(claim) {
    const card = claim.querySelector(".claim-source");
    if (!card) return;
    claim.classList.remove("is-placed", "is-above");
    if (claim.closest(".slides")) {
      placeOnSlide(claim, card);
      return;
    }
    const number = claim.getClientRects()[0];
    if (!number || innerWidth < 640) return;
    claim.classList.add("is-placed");
    const { width, height } = card.getBoundingClientRect();
    const above = number.bottom + height + EDGE > innerHeight && number.top > height + EDGE;
    claim.classList.toggle("is-above", above);
    const x = Math.min(Math.max(EDGE, number.left - EDGE), document.documentElement.clientWidth - width - EDGE);
    claim.style.setProperty("--x", `${x}px`);
    claim.style.setProperty("--y", `${above ? number.top - height - 4 : number.bottom + 4}px`);
  }

  // A slide is scaled as a whole, so that the card stays in it and is only moved.
  function placeOnSlide(claim, card) {
    const box = card.getBoundingClientRect();
    if (!box.width) return;
    const scale = box.width / card.offsetWidth;
    const number = claim.getClientRects()[0];
    claim.classList.toggle("is-above", box.bottom + EDGE > innerHeight && number.top > box.height + EDGE);
    claim.style.setProperty("--x", `${Math.min(0, innerWidth - EDGE - box.right) / scale}px`);
    claim.classList.add("is-placed");
  }

  function show(claim) {
    if (open && open !== claim) close();
    open = claim;
    claim.classList.remove("is-dismissed");
    place(claim);
  }

  function close() {
    open?.classList.remove("is-open", "is-placed", "is-above");
    open = null;
  }

  for (const claim of document.querySelectorAll(".claim")) {
    claim.addEventListener("pointerenter", () => show(claim));
    claim.addEventListener("focus", () => show(claim));
    claim.addEventListener("pointerleave", () => claim.classList.remove("is-dismissed"));
    claim.addEventListener("blur", () => claim.classList.remove("is-dismissed"));
    claim.addEventListener("click", (event) => {
      if (event.target.closest(".claim-source")) return;
      show(claim);
      claim.classList.add("is-open");
      place(claim);
    });
  }
  document.addEventListener("pointerdown", (event) => {
    if (!open || open.contains(event.target)) return;
    if (document.activeElement === open) open.blur();
    close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open) return;
    open.classList.add("is-dismissed");
    close();
  });
  for (const name of ["scroll", "resize"]) addEventListener(name, () => open && place(open), { passive: true, capture: true });
})();
