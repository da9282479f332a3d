// Categories of a listing filter its entries; without this file every entry is shown.
(() => {
  const posts = [...document.querySelectorAll(".quarto-post[data-categories]")];
  const buttons = [...document.querySelectorAll(".quarto-listing-category .category")];
  const none = document.querySelector(".listing-no-matching");
  if (!posts.length || !buttons.length) return;

  const choose = (name) => {
    let shown = 0;
    for (const post of posts) {
      const yes = !name || post.dataset.categories.split("|").includes(name);
      post.hidden = !yes;
      shown += yes;
    }
    none?.classList.toggle("d-none", shown > 0);
    for (const button of buttons) {
      const chosen = button.dataset.category === name;
      button.classList.toggle("active", chosen);
      button.setAttribute("aria-pressed", String(chosen));
    }
  };

  for (const button of buttons) {
    button.addEventListener("click", () => {
      const name = button.dataset.category;
      choose(name);
      history.replaceState(null, "", name ? `#category=${encodeURIComponent(name)}` : location.pathname);
    });
  }
  for (const label of document.querySelectorAll(".listing-category")) {
    label.addEventListener("click", () => choose(label.textContent));
  }
  const start = location.hash.match(/^#category=(.*)$/);
  if (start) choose(decodeURIComponent(start[1]));
})();
