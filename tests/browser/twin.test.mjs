// The script of a comparison against the server: the same weights must give the same numbers (10⁻⁹) and words.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { open } from "./site.mjs";

const path = "/compare/python-vs-nodejs-for-backend-hiring";
// the last two, from tests/browser/content, have what the site has not: missing cells, ties, four options
const states = [
  ...["", "keep=python&months.nodejs=7", "keep=other&keep.name=Caf%C3%A9%20(old)&months.python=3&months.nodejs=30&now.talent=5&now.performance=8.5", "edition=1", "scores=editor", "region=ua", "must=numpy", "must=same-language&scores=editor", "weeks=20"].map((settings) => `${path}?${settings}`),
  "/compare/java-vs-ruby-for-tests?",
  "/compare/go-vs-java-vs-rust-vs-php-for-tests?",
];
const perState = 60;

let site;
before(async () => {
  site = await open({ flags: ["--content", fileURLToPath(new URL("content", import.meta.url))] });
});
after(() => site.close());

/** Numbers of 0..1 that are the same in every run (mulberry32). */
function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function vectors(n, seed) {
  const next = seeded(seed);
  const rounded = (x) => Math.round(x * 1e6) / 1e6;
  const found = [];
  for (let k = 0; k < n; k += 1) {
    found.push(Array.from({ length: n }, (_, j) => (j === k ? 1 : 0))); // one counts alone
    found.push(Array.from({ length: n }, (_, j) => (j === k ? 0 : 1))); // one does not count
  }
  found.push(Array(n).fill(1000), Array(n).fill(0.000001), Array.from({ length: n }, (_, j) => 2 ** j)); // ends, halves
  found.push(Array.from({ length: n }, (_, j) => (j < 2 ? 0.5 : 0)), Array.from({ length: n }, (_, j) => (j ? 1 : 9 * n)));
  while (found.length < perState) {
    const style = found.length % 3;
    const mix = Array.from({ length: n }, () => (style === 0 ? Math.floor(next() * 5) : style === 1 ? rounded(-Math.log(1 - next())) : next() < 0.3 ? 0 : rounded(next() * 100)));
    if (mix.some((weight) => weight > 0)) found.push(mix);
  }
  return found;
}

/** The module under its hashed address, as the page has it. */
async function twinIn(page) {
  await page.goto(path);
  const compare = await page.locator('script[src*="/compare-"]').getAttribute("src");
  const text = await (await fetch(site.url + compare)).text();
  return text.match(/\/assets\/twin-[0-9a-f]+\.js/)[0];
}

const near = (a, b, what) => assert.ok(Math.abs(a - b) <= 1e-9, `${what}: ${a} and ${b}`);

function assertSame(own, server, about) {
  const slug = (at) => (at === null ? null : own.slugs[at]);
  assert.equal(own.kind, server.verdict.kind, about);
  assert.equal(own.sentence, server.verdict.sentence, about);
  assert.equal(own.leader, server.verdict.leader && own.technologies.indexOf(server.verdict.leader), about);
  near(own.coverage, server.coverage, `${about} coverage`);
  near(own.probability, server.verdict.probability, `${about} probability`);
  near(own.margin, server.verdict.margin, `${about} margin`);
  near(own.deviation, server.verdict.deviation, `${about} deviation`);
  server.totals.forEach(({ total }, i) => near(own.totals[i], total, `${about} total`));
  if (server.totals.length > 2) assert.equal(own.shares, undefined, "more than two options' shares come with the page");
  else server.acceptability.options.forEach(({ share }, i) => near(own.shares[i], share, `${about} share`));
  assert.equal(own.nearest.length, server.flips.length, `${about} flips`);
  server.flips.forEach((flip, i) => {
    const mine = own.nearest[i];
    const which = [slug(mine.criterion), mine.up ? "up" : "down", own.technologies[mine.challenger]];
    assert.deepEqual(which, [flip.criterion, flip.direction, flip.challenger], `${about} flip ${i}`);
    near(mine.at, flip.at, `${about} flip at`);
    near(mine.from, flip.from, `${about} flip from`);
  });
  assert.deepEqual(own.ranking.flat().map((i) => own.technologies[i]), server.verdict.ranking.flat(), about);
  assert.equal(own.worstCase, server.verdict.worst_case_changes_leader, about);
  assert.deepEqual(own.dominated.map((pair) => pair.map((i) => own.technologies[i])), server.verdict.dominated.map(({ technology, by }) => [technology, by]), about);
}

const editionOf = (query) => new URLSearchParams(query).get("edition");

function withoutEdition(query) {
  const pairs = new URLSearchParams(query);
  pairs.delete("edition");
  return String(pairs);
}

test("the twin says what the server says, for the same weights", async () => {
  const page = await site.page();
  const module = await twinIn(page);
  const kinds = new Map();
  for (const [number, state] of states.entries()) {
    await page.goto(state);
    const slugs = await page.evaluate(() => JSON.parse(document.getElementById("twin").textContent).slugs);
    const asked = vectors(slugs.length, 1 + number);
    const own = await page.evaluate(
      async ([module, asked]) => {
        const twin = await import(module);
        const model = JSON.parse(document.getElementById("twin").textContent);
        model.presets = [...document.querySelectorAll("[data-preset]")].map(({ dataset }) => ({ id: dataset.preset, words: dataset.words, weights: dataset.weights.split(",").map(Number) }));
        return asked.map((weights) => {
          const verdict = twin.judge(model, weights);
          const at = twin.presetOf(model, weights)?.words ?? "at your priorities";
          return { ...verdict, leader: verdict.leader ?? null, shares: twin.shares(model, weights), sentence: twin.sentence(twin.headline(model, verdict, at)), query: twin.query(model, weights), full: twin.query(model, weights, { full: true }), slugs: model.slugs };
        });
      },
      [module, asked],
    );
    await Promise.all(
      own.map(async (mine, i) => {
        const about = `${state} at ${asked[i].join(" ")}`;
        // documents are large: the short query, which is another way to say the same, is asked for every fourth
        const asks = i % 4 ? [mine.full] : [mine.full, mine.query];
        const [full, short] = await Promise.all(asks.map(async (query) => {
          const answer = await fetch(`${site.url}${state.replace(/\?.*/, ".json")}?${query}`);
          assert.equal(answer.status, 200, about);
          return answer.json();
        }));
        const technologies = full.totals.map(({ technology }) => technology);
        // an address that names its edition stays at it, and says beside that what the short one says
        assert.equal(editionOf(full.query), editionOf(mine.full), about);
        assert.equal(withoutEdition(mine.query), withoutEdition(full.query), about);
        // the long query says the same as the short one; a preset's proportions are the preset
        if (short) assertSame({ ...mine, technologies }, short, about);
        assertSame({ ...mine, technologies }, full, `${about}, in full`);
        kinds.set(full.verdict.kind, (kinds.get(full.verdict.kind) ?? 0) + 1);
      }),
    );
  }
  console.log(`compared ${states.length * perState} states; kinds: ${[...kinds].map(([kind, count]) => `${kind} ${count}`).join(", ")}`);
  assert.equal(kinds.size, 5, "the vectors reach every kind");
  await page.context().close();
});

test("numbers are written as the server writes them, exact halves too", async () => {
  const page = await site.page();
  const module = await twinIn(page);
  const said = await page.evaluate(async (module) => {
    const twin = await import(module);
    return [[6.25, 1], [0.05, 1], [8.75, 1], [2.5, 0], [3.5, 0], [0.125, 2], [0.35, 1], [99.95, 1]].map(([number, decimals]) => twin.fixed(number, decimals));
  }, module);
  assert.deepEqual(said, ["6.2", "0.1", "8.8", "2", "4", "0.12", "0.3", "100.0"]);
  await page.context().close();
});

// the same as crates/app/src/comparison/words.rs says in its test of this name
test("a flip near an end is said with a bound", async () => {
  const page = await site.page();
  const module = await twinIn(page);
  const said = await page.evaluate(async (module) => {
    const { flipLine } = await import(module);
    const flips = [[0.0002, false], [0.0007, false], [0.0002, true], [0, true], [0.9998, true], [0.258, true], [0.9998, false]];
    return flips.map(([at, up]) => flipLine({ options: ["A", "B"] }, { compared: [0], flips: [{ low: { at, up, challenger: 1 } }] }, 0));
  }, module);
  const places = ["less than 0.1\u00a0%", "0.1\u00a0% or less", "0.1\u00a0% or more", "0\u00a0% or more", "more than 99.9\u00a0%", "25.8\u00a0% or more", "99.9\u00a0% or less"];
  assert.deepEqual(said, places.map((place) => `B leads at ${place}`));
  await page.context().close();
});

test("a moved weight leaves the others in proportion, and 100 % leaves a way back", async () => {
  const page = await site.page();
  const module = await twinIn(page);
  const said = await page.evaluate(async (module) => {
    const { moved } = await import(module);
    return [moved([1, 2, 1], [1, 1, 1], 0, 0.5), moved([3, 0, 0, 0], [1, 1, 1, 0], 0, 0.4), moved([5], [1], 0, 0.2), moved([0, 0, 2], [0, 0, 1], 2, 0)];
  }, module);
  assert.deepEqual(said, [[50, 33.333333, 16.666667], [40, 30, 30, 0], [5], [50, 50, 0]]);
  await page.context().close();
});
