// Makes a comparison answer while a weight moves. Without this script the form does the same with one page load.
import { about, fixed, flipLine, headline, judge, living, moved, nearestLine, percent, plainPercent, presetOf, query, score, sentence, shares, sureness, worthLine } from "asset:twin.js";

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const one = (selector, within = document) => within.querySelector(selector);
const write = (element, text) => {
  if (element && element.textContent !== text) element.textContent = text;
};
const made = (tag, text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className });
const plainClick = (event) => !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

const island = document.getElementById("twin");
const form = one("[data-compare]");
if (island && form) start(JSON.parse(island.textContent));

function start(model) {
  const rows = all("[data-row]", form).map((row) => ({ row, ...Object.fromEntries(
    ["slider", "number", "less", "more", "flip", "flips", "worth"].map((name) => [name, one(`[data-${name}]`, row)]),
  ) }));
  model.presets = all("[data-preset]").map((link) => ({
    link, id: link.dataset.preset, words: link.dataset.words, weights: link.dataset.weights.split(",").map(Number),
  }));
  const live = one("[data-live]");
  const path = location.pathname;
  const loaded = model.weights;
  const asLoaded = new Map(all("[data-stale]").map((element) => [element, element.textContent]));
  const option = (i, text, tag = "span") => made(tag, text, `${model.marks[i][0]} of-option`);
  const words = () => headline(model, verdict, presetOf(model, weights)?.words ?? "at your priorities");
  const marked = (i) => `${model.marks[i][1]} ${model.options[i]}`;

  let weights = loaded;
  let verdict = judge(model, weights);
  // which criteria make up "all mixes of priorities"
  const counted = (weights) => verdict.compared.filter((k) => weights[k] > 0 || model.defaults[k] > 0).join();
  // While one slider moves, the others follow from where they were when it began, so that 100 % and back loses nothing.
  let began = { k: undefined, weights };

  function move(k, t, typedIn) {
    if (!(t >= 0)) return;
    if (began.k !== k) began = { k, weights };
    set(moved(began.weights, model.defaults, k, Math.min(t, 1)), typedIn);
  }

  function set(next, typedIn) {
    if (!typedIn) began = { k: undefined, weights: next };
    weights = presetOf(model, next)?.weights ?? next; // as its address will give them back
    verdict = judge(model, weights);
    show(typedIn);
    remember();
    announce();
  }

  function show(typedIn) {
    const total = weights.reduce((a, b) => a + b, 0);
    const preset = presetOf(model, weights);
    const [lead, flip] = words();
    one("[data-headline]")?.replaceChildren(made("span", lead), ...(flip ? [" ", made("mark", flip)] : []), ".");
    showFigures();
    rows.forEach(({ row, slider, number, flip, flips, worth }, k) => {
      const share = weights[k] / total;
      const shown = plainPercent(share);
      if (slider && slider !== typedIn) slider.value = shown;
      slider?.setAttribute("aria-valuetext", `${model.criteria[k]}, ${shown} percent`);
      if (number && number !== typedIn) number.value = shown;
      row.classList.toggle("off", share <= 0);
      const line = flipLine(model, verdict, k);
      write(flip, line);
      write(worth, worthLine(model, verdict, k));
      write(all("[data-twin-flip]")[k], line);
      write(all("[data-twin-weight]")[k], `${shown} %`);
      const { low, high } = verdict.flips[k];
      flips?.replaceChildren(...[low, high].filter(Boolean).map(({ at }) => {
        const mark = document.createElementNS("http://www.w3.org/2000/svg", "line");
        Object.entries({ x1: at * 100, x2: at * 100, y1: 0, y2: 10 }).forEach(([name, value]) => mark.setAttribute(name, value));
        return mark;
      }));
    });
    for (const { link } of model.presets) link.removeAttribute("aria-current");
    preset?.link.setAttribute("aria-current", "true");
    showRobust();
    showLinks();
  }

  function showFigures() {
    const { totals, ranking, compared, coverage, runnerUp } = verdict;
    // what is missing is no 0
    const total = (i) => coverage > 0 ? score(totals[i]) : "–";
    one("[data-totals]")?.replaceChildren(...ranking.flat().map((i) => {
      const line = option(i, `${marked(i)} `);
      line.append(made("b", total(i)));
      return line;
    }));
    for (const places of [all("[data-twin-total]"), all("[data-key-total]")]) model.kept.forEach((place, i) => write(places[place], total(i)));
    write(one("[data-chances]"), sureness(verdict));
    const both = compared.filter((k) => weights[k] > 0).length;
    const part = coverage > 0.9995 ? "" : `, ${percent(coverage)} of your weight`;
    write(one("[data-compared]"), `${both} of ${weights.filter((weight) => weight > 0).length} criteria${part}`);
    const missing = model.criteria.filter((_, k) => weights[k] > 0 && !compared.includes(k)).join(", ");
    const cautions = verdict.dominated.map(([beaten, by]) => `${model.options[beaten]} is beaten by ${model.options[by]} on every criterion compared.`);
    if (missing) cautions.unshift(`Not compared, for lack of evidence: ${missing}. The missing scores ${verdict.worstCase ? "could" : "could not"} change the leader.`);
    one("[data-cautions]")?.replaceChildren(...cautions.map((line) => made("p", line, "caution")));

    const parts = shares(model, weights);
    const bars = all(".share rect");
    let x = 0;
    parts?.forEach((part, i) => {
      bars[i]?.setAttribute("x", fixed(x * 100, 2));
      bars[i]?.setAttribute("width", fixed(part * 100, 2));
      write(all(".share-words .of-option")[i], `${marked(i)} ${fixed(part * 100, 0)}\u00a0%`);
      x += part;
    });
  }

  function showRobust() {
    write(one("[data-nearest]"), nearestLine(model, verdict));
    const parts = shares(model, weights);
    if (parts) write(one("[data-robust=mixes]"), `Of all possible mixes of priorities, exactly computed: ${parts.map((part, i) => `${model.options[i]} ${about(part)}`).join(", ")}.`);
    const rests = [0, 0, 0, 0];
    model.basis.forEach((row) => row.forEach((kind, k) => {
      if (kind !== null) rests[kind] += verdict.weights[k] / model.basis.length;
    }));
    const [measured, published, judged, own] = rests.map(percent);
    const yours = rests[3] > 0 ? `, ${own} your own figures` : "";
    write(one("[data-robust=basis]"), `What your weight rests on: ${measured} measured, ${published} published, ${judged} editors’ judgement${yours}.`);
    // what the server alone computes says so as soon as it is no longer about these priorities
    const other = counted(weights) !== counted(loaded);
    const old = { methods: weights.some((weight, k) => weight !== loaded[k]), central: other, mixes: other && !parts };
    for (const [element, text] of asLoaded) {
      write(element, old[element.dataset.stale] ? "Computed for the priorities when the page was loaded; press Update." : text);
    }
  }

  function showLinks() {
    const said = (settings) => {
      const text = query(model, weights, { settings });
      return text && `?${text}`;
    };
    const full = query(model, weights, { full: true });
    // an address ends in its query, and so does whatever ends in an address
    for (const field of all("[data-share], [data-cite]")) field.value = field.value.replace(/\?[^?]*$/, `?${full}`);
    write(one("[data-share-words]"), one("[data-share]")?.value ?? ""); // on paper
    const frames = { living: living(model, weights), frozen: full };
    for (const field of all("[data-embed]")) {
      const framed = frames[field.dataset.embed] && `?${frames[field.dataset.embed]}`;
      field.value = field.value.replace(/(src="[^"?]*)[^"]*/, (_, start) => start + framed.replaceAll("&", "&amp;"));
      const look = one(`[data-frame=${field.dataset.embed}]`);
      if (look) look.href = look.href.split("?")[0] + framed;
    }
    for (const link of all("[data-export]")) link.href = link.dataset.export.split("?")[0] + said();
    for (const link of all("[data-carry]")) link.href = path + said(link.search) + link.hash;
    for (const link of all("[data-hire]")) {
      const address = new URL(link.href);
      address.searchParams.delete("state");
      if (said()) address.searchParams.set("state", said().slice(1));
      link.href = address;
    }
    // the link that gives a criterion without weight the weight of the others
    for (const link of all("[data-add]")) {
      const weighed = weights.filter((weight) => weight > 0);
      const mean = weighed.reduce((a, b) => a + b) / weighed.length;
      const next = weights.map((weight, k) => (model.slugs[k] === link.dataset.add ? Math.round(mean * 1e6) / 1e6 : weight));
      link.href = `${path}?${query(model, next)}${link.hash}`;
      const on = weights[model.slugs.indexOf(link.dataset.add)] > 0;
      all("[data-weighed]").forEach((text) => (text.hidden = (text.dataset.weighed === "yes") !== on));
    }
  }

  // The address bar follows at most four times a second: browsers refuse more.
  let due;
  const writeAddress = () => {
    if (!due) return;
    due = clearTimeout(due);
    const text = query(model, weights);
    history.replaceState(history.state, "", path + (text && `?${text}`) + location.hash);
  };
  const remember = () => (due ??= setTimeout(writeAddress, 250));
  addEventListener("click", writeAddress, true);

  // Said once the reader pauses, and only when the verdict is another one.
  let said = verdict;
  let pause;
  function announce() {
    clearTimeout(pause);
    pause = setTimeout(() => {
      if (verdict.kind === said.kind && verdict.leader === said.leader) return;
      const { kind, leader, ranking, totals } = verdict;
      const leads = leader !== said.leader && /ahead|depends/.test(kind) && ranking.flat().length > 1;
      said = verdict;
      const figures = ranking.flat().map((i) => score(totals[i])).join(" to ");
      write(live, leads ? `${model.options[leader]} now leads, ${figures}.` : sentence(words()));
    }, 600);
  }

  rows.forEach(({ slider, number, less, more }, k) => {
    const share = () => weights[k] / weights.reduce((a, b) => a + b, 0);
    const step = (by) => move(k, Math.max(Math.round(share() * 1000 + by) / 1000, 0));
    slider?.addEventListener("input", () => move(k, Math.round(slider.valueAsNumber * 10) / 1000, slider));
    number?.addEventListener("input", () => move(k, number.valueAsNumber / 100, number));
    number?.addEventListener("change", () => show());
    less?.addEventListener("click", () => step(-10));
    more?.addEventListener("click", () => step(10));
    for (const control of [slider, less, more]) if (control) control.disabled = false;
  });
  const settle = (link, next) => link?.addEventListener("click", (event) => {
    // "Reset" also clears must-haves and the editor's scores; those the server has to answer
    if (!plainClick(event) || (!link.dataset.preset && /(^|&)(must|scores)=/.test(model.query))) return;
    event.preventDefault();
    set(next);
  });
  for (const preset of model.presets) settle(preset.link, preset.weights);
  settle(one("[data-reset]"), model.defaults);
  for (const field of all("[data-resend]", form)) {
    field.addEventListener("change", () => form.requestSubmit(one("[name=set]", form)));
  }
  // Fields show rounded percent; what is sent is exact.
  addEventListener("formdata", ({ target, formData }) => {
    if (!one("[name=set]", target)) return;
    for (const key of new Set(formData.keys())) if (/^(w\..*|preset|was)$/.test(key)) formData.delete(key);
    model.slugs.forEach((slug, k) => formData.append(`w.${slug}`, weights[k]));
  });

  for (const copy of all("[data-copy]")) {
    const field = document.getElementById(copy.dataset.copy);
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      const url = field.value;
      const shared = field.matches("[data-share]") && matchMedia("(pointer: coarse)").matches;
      if (shared && navigator.canShare?.({ url })) return navigator.share({ url }).catch(() => {});
      try {
        await navigator.clipboard.writeText(url);
      } catch {
        field.select();
        document.execCommand("copy");
      }
      write(copy, "Copied");
      write(live, "Copied.");
      setTimeout(() => write(copy, "Copy"), 2000);
    });
  }
}
