// Finds pages in the reader's browser: every word of the question must begin a word of the page; titles and tags count more.
(() => {
  const dialog = document.querySelector("dialog.search");
  const openers = document.querySelectorAll(".search-open");
  if (!dialog || !openers.length || !dialog.showModal) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("ol");
  const fold = (text) => text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();
  let pages;

  const load = () => (pages ??= fetch(openers[0].dataset.index)
    .then((answer) => (answer.ok ? answer.json() : []))
    .then((found) => found.map((page) => ({
      page,
      title: " " + fold(page.t || ""),
      tags: " " + fold((page.g || []).join(" ")),
      text: " " + fold(page.s || ""),
    })))
    .catch(() => []));

  // Scripts without spaces between words are found anywhere, others at the beginning of a word.
  const inside = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
  const begins = (text, word) => {
    if (inside.test(word)) return text.includes(word);
    for (let at = text.indexOf(word); at > 0; at = text.indexOf(word, at + 1)) {
      if (!/[\p{L}\p{N}]/u.test(text[at - 1])) return true;
    }
    return false;
  };

  const score = (row, words) => words.reduce((sum, word) => {
    const points = (begins(row.title, word) && 10) + (begins(row.tags, word) && 5) + (begins(row.text, word) && 1);
    return sum && points ? sum + points : 0;
  }, 1);

  const excerpt = (text, word) => {
    const at = Math.max(0, fold(text).indexOf(word));
    const start = at > 60 ? text.indexOf(" ", at - 60) + 1 : 0;
    return (start ? "… " : "") + text.slice(start, start + 160) + (text.length > start + 160 ? " …" : "");
  };

  const line = (page, words) => {
    const item = document.createElement("li");
    const link = item.appendChild(document.createElement("a"));
    link.href = page.u;
    link.appendChild(document.createElement("strong")).textContent = page.t || page.u;
    link.appendChild(document.createElement("span")).textContent = excerpt(page.s || "", words[0]);
    return item;
  };

  const search = async () => {
    const question = input.value;
    const words = fold(question).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    const rows = await load();
    if (question !== input.value) return;
    const found = words.length
      ? rows.map((row) => [score(row, words), row.page]).filter(([points]) => points)
        .sort((a, b) => b[0] - a[0] || (b[1].d || "").localeCompare(a[1].d || "")).slice(0, 12)
      : [];
    list.replaceChildren(...found.map(([, page]) => line(page, words)));
    if (words.length && !found.length) {
      const nothing = list.appendChild(document.createElement("li"));
      nothing.className = "nothing";
      nothing.textContent = list.dataset.nothing;
    }
  };

  const open = () => { dialog.showModal(); input.select(); load(); };
  openers.forEach((button) => { button.hidden = false; button.addEventListener("click", open); });
  input.addEventListener("input", search);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.querySelector("form").addEventListener("submit", (event) => {
    const first = list.querySelector("a");
    if (event.submitter?.type !== "submit" || document.activeElement !== input || !first) return;
    event.preventDefault();
    first.click();
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(input|textarea|select)$/i.test(event.target.tagName) || event.target.isContentEditable;
    if ((event.key === "/" && !typing) || (event.key === "k" && (event.metaKey || event.ctrlKey))) {
      event.preventDefault();
      open();
    }
    if (dialog.open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const links = [...list.querySelectorAll("a")];
      const at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      (links[at] || input).focus();
      event.preventDefault();
    }
  });
})();
