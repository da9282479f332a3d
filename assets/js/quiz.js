// Turns the folds of a quiz into radio groups with immediate reasons. Answers stay in localStorage; nothing is sent.
// Without this file the page is complete: every option unfolds to its verdict and reason.
(() => {
  "use strict";

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  const storage = {
    read(key) {
      try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; }
    },
    write(key, value) {
      try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode: progress is not kept */ }
    },
    remove(key) {
      try { localStorage.removeItem(key); } catch { /* as above */ }
    },
  };

  // One option: an input, its label, and a live region that receives the verdict when it is chosen.
  function buildOption(details, name, index, type) {
    const item = element("div", "quiz-choice");
    const input = element("input");
    const label = element("label");
    const reason = element("div", "quiz-reason");
    input.type = type;
    input.name = name;
    input.value = String(index);
    input.id = `${name}-${index}`;
    label.htmlFor = input.id;
    label.append(...details.querySelector("summary").childNodes);
    details.querySelector("summary").remove();
    reason.append(...details.childNodes);
    reason.id = `${input.id}-reason`;
    reason.hidden = true;
    item.append(input, label, reason);
    details.replaceWith(item);
    return { item, input, reason, correct: details.dataset.correct === "true" };
  }

  function buildQuestion(box, quizName) {
    const several = box.dataset.several === "true";
    const name = `${quizName}-${box.dataset.question}-answer`;
    const group = element("fieldset", "quiz-group");
    const legend = element("legend");
    const said = element("p", "quiz-said");
    said.setAttribute("role", "status");
    const text = box.querySelector(".quiz-text");
    const words = text.querySelectorAll(":scope > p");
    words.forEach((paragraph, i) => legend.append(...(i ? [" "] : []), ...paragraph.childNodes));
    words.forEach((paragraph) => paragraph.remove());
    const rest = [...text.childNodes];
    text.remove();
    const folds = [...box.querySelectorAll(":scope > details.quiz-option")];
    group.append(legend, ...rest, ...folds, said);
    box.append(group);
    const options = folds.map((fold, i) => buildOption(fold, name, i, several ? "checkbox" : "radio"));
    return { id: box.dataset.question, several, options, said };
  }

  const chosen = (question) => question.options.map((o, i) => (o.input.checked ? i : -1)).filter((i) => i >= 0);
  const isRight = (question) => question.options.every((o) => o.input.checked === o.correct);

  function show(question, speak) {
    for (const option of question.options) {
      const on = option.input.checked;
      option.reason.hidden = !on;
      option.item.classList.toggle("is-right", on && option.correct);
      option.item.classList.toggle("is-wrong", on && !option.correct);
      if (on) option.input.setAttribute("aria-describedby", option.reason.id);
      else option.input.removeAttribute("aria-describedby");
    }
    if (!speak) return;
    const last = question.options.filter((o) => o.input.checked).map((o) => o.reason.textContent.trim());
    question.said.textContent = last.join(" ").replace(/\s+/g, " ");
  }

  function start(quiz) {
    const key = `quiz:${quiz.dataset.quiz}`;
    const questions = [...quiz.querySelectorAll(".quiz-question")].map((box) => buildQuestion(box, quiz.dataset.quiz));
    const bar = element("div", "quiz-progress");
    const count = element("span", "quiz-count");
    const reset = element("button", "quiz-reset", "Start again");
    reset.type = "button";
    bar.append(count, reset);
    quiz.append(bar);

    const report = () => {
      const answered = questions.filter((question) => chosen(question).length > 0);
      const right = answered.filter(isRight);
      count.textContent = `${answered.length} of ${questions.length} answered, ${right.length} right`;
      reset.disabled = answered.length === 0;
    };
    const save = () => {
      const state = {};
      for (const question of questions) if (chosen(question).length) state[question.id] = chosen(question);
      storage.write(key, state);
    };

    const stored = storage.read(key);
    for (const question of questions) {
      const before = Array.isArray(stored[question.id]) ? stored[question.id] : [];
      before.forEach((i) => { if (question.options[i]) question.options[i].input.checked = true; });
      show(question, false);
      for (const option of question.options) {
        option.input.addEventListener("change", () => { show(question, true); save(); report(); });
      }
    }
    reset.addEventListener("click", () => {
      storage.remove(key);
      for (const question of questions) {
        question.options.forEach((option) => { option.input.checked = false; });
        question.said.textContent = "";
        show(question, false);
      }
      report();
      questions[0].options[0].input.focus();
    });
    quiz.classList.add("is-live");
    report();
  }

  document.querySelectorAll(".quiz[data-quiz]").forEach(start);
})();
