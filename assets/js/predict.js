// Predict first: a box asks for an answer, keeps it in this browser and then unlocks the result below it.
//   ::: {.predict unit="classes"}   a number           ::: {.predict}   a few words
//   ::: {.predict options="rises|falls"}               one of these
// Without JavaScript the question is plain text and the result opens like any folded block.
(() => {
  const boxes = [...document.querySelectorAll("main .predict")];

  const store = {
    read(key) {
      try { return localStorage.getItem(key); } catch { return null; }
    },
    write(key, value) {
      try { localStorage.setItem(key, value); } catch { /* the answer then lives as long as the page */ }
    },
  };

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  // The result that belongs to the box: the next folded reveal before the next box or heading.
  function resultOf(box) {
    for (let node = box.nextElementSibling; node; node = node.nextElementSibling) {
      if (node.matches("details.reveal")) return node;
      if (node.matches(".predict, section, h2, h3")) return null;
    }
    return null;
  }

  function field(box, id) {
    const { options, unit } = box.dataset;
    if (options) {
      const choices = options.split("|").map((text) => text.trim());
      const labels = choices.map((text) => make("label", {}, make("input", { type: "radio", name: id, value: text, required: "" }), text));
      return [make("fieldset", {}, make("legend", { class: "visually-hidden" }, "Your prediction"), ...labels)];
    }
    const input = make("input", { id, name: id, required: "", autocomplete: "off" });
    if (unit) {
      input.inputMode = "decimal";
      input.addEventListener("input", () => input.setCustomValidity(!input.value || /\d/.test(input.value) ? "" : `Write a number, in ${unit === "%" ? "percent" : unit}.`));
    }
    else input.className = "is-words";
    const label = make("label", { for: id }, "Your prediction");
    return unit ? [label, input, make("span", {}, unit)] : [label, input];
  }

  function unlock(result, answer, unit) {
    if (!result) return;
    result.classList.remove("is-locked");
    result.querySelector(".your-prediction")?.remove();
    if (!answer) return;
    const said = make("p", { class: "your-prediction" }, `You predicted: ${answer}${unit ? ` ${unit}` : ""}`);
    result.querySelector("summary").after(said);
  }

  function lock(result, status) {
    result.classList.add("is-locked");
    result.querySelector("summary").addEventListener("click", (event) => {
      if (!result.classList.contains("is-locked")) return;
      event.preventDefault();
      status.textContent = "Predict first, or show it without.";
    });
  }

  boxes.forEach((box, number) => {
    const id = box.id || `predict-${number + 1}`;
    const key = `predict:${location.pathname}#${id}`;
    const result = resultOf(box);
    const status = make("span", { class: "predict-status", role: "status" });
    const save = make("button", { type: "submit" }, "Keep it");
    const skip = make("button", { type: "button" }, "Show without");
    const form = make("form", { class: "predict-form" }, ...field(box, `${id}-answer`), save, ...(result ? [skip] : []), status);
    const done = (answer) => {
      unlock(result, answer, box.dataset.unit);
      status.textContent = result ? "Kept in this browser. The result is open to you now." : "Kept in this browser.";
      skip.remove();
      save.textContent = "Change it";
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const answer = new FormData(form).get(`${id}-answer`).trim();
      if (!answer) return;
      store.write(key, answer);
      done(answer);
    });
    skip.addEventListener("click", () => {
      unlock(result, "", "");
      result.open = true;
      skip.remove();
    });
    box.append(form);
    if (result && !result.open) lock(result, status);
    const kept = store.read(key);
    if (kept === null) return;
    const inputs = [...form.querySelectorAll("input")];
    for (const input of inputs) {
      if (input.type === "radio") input.checked = input.value === kept;
      else input.value = kept;
    }
    done(kept);
  });
})();
