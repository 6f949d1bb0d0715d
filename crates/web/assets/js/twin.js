// The rule of the verdict and its sentences, as crates/compare and crates/app have them, for moving sliders. Nothing
// here knows the page. `tests/browser/twin.test.mjs` holds it against the server: numbers to 10⁻⁹, words letter by letter.

const TIE = 1e-9;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const dot = (a, b) => sum(a.map((x, j) => x * b[j]));
const tolerance = (score) => TIE * Math.max(Math.abs(score), 1);
const byNumber = (a, b) => a - b;

/** Weights as an address carries them: at most six decimals. */
export const rounded = (weights) => weights.map((weight) => Math.round(weight * 1e6) / 1e6);

/** Weights in percent after criterion k moved to the share t; the others keep their proportions. */
export function moved(weights, defaults, k, t) {
  const shares = weights.map((weight) => weight / sum(weights));
  const left = sum(shares.filter((_, j) => j !== k));
  let parts = shares.map((share) => share / left);
  if (!(left > 0)) {
    const some = defaults.some((weight, j) => weight > 0 && j !== k);
    const counted = defaults.map((weight, j) => (j !== k && (weight > 0 || !some) ? 1 : 0));
    const all = sum(counted);
    if (all === 0) return weights;
    parts = counted.map((one) => one / all);
  }
  return rounded(parts.map((part, j) => 100 * (j === k ? t : part * (1 - t))));
}

/** Tiers of positions, best first; a neighbour within the tolerance shares the tier. */
function tiersOf(totals) {
  const tiers = [];
  let above;
  for (const at of totals.map((_, i) => i).sort((a, b) => totals[b] - totals[a])) {
    if (tiers.length && Math.abs(above - totals[at]) <= tolerance(totals[at])) tiers.at(-1).push(at);
    else tiers.push([at]);
    above = totals[at];
  }
  return tiers.map((tier) => tier.sort(byNumber));
}

/** The verdict at the reader's weights. `scores[option][criterion]` is [point, low, high], or null without evidence. */
export function judge({ scores, thresholds }, given) {
  const most = Math.max(...given);
  const relative = given.map((weight) => weight / most);
  const compared = given.map((_, k) => k).filter((k) => scores.every((row) => row[k]));
  const covered = sum(compared.map((k) => relative[k]));
  const coverage = covered / sum(relative);
  const weights = relative.map((weight, k) => (covered > 0 && compared.includes(k) ? weight / covered : 0));
  const points = scores.map((row) => row.map((cell) => cell?.[0] ?? 0));
  const totals = points.map((row) => dot(row, weights));
  const ranking = tiersOf(totals);
  const order = ranking.flat();
  const alone = scores.length === 1;
  const [leader, runnerUp] = alone || covered > 0 ? order : [];

  let margin = 0;
  let deviation = 0;
  if (runnerUp !== undefined) {
    const variance = (row) => sum(row.map((cell, k) => (cell ? weights[k] ** 2 * ((cell[2] - cell[1]) ** 2 / 12) : 0)));
    margin = ranking[0].includes(runnerUp) ? 0 : totals[leader] - totals[runnerUp];
    deviation = Math.sqrt(variance(scores[leader]) + variance(scores[runnerUp]));
  }
  let probability = 0.5;
  if (alone || (margin > 0 && deviation <= 0)) probability = 1;
  else if (margin > 0) probability = cumulative(margin / deviation);

  const flips = given.map(() => ({}));
  if (leader !== undefined && compared.length > 1) {
    for (const rival of order.slice().sort(byNumber)) {
      if (rival !== leader) closeBy(flips, rival, compared, points[leader].map((p, k) => p - points[rival][k]), weights, tolerance(totals[leader]));
    }
  }
  const nearest = nearestFirst(flips.flatMap(({ low, high }) => [low, high]).filter(Boolean));

  let kind = "ahead";
  if (alone) kind = "ahead";
  else if (coverage < thresholds.coverage - TIE) kind = "cannot_tell";
  else if (probability < thresholds.too_close - TIE) kind = "too_close";
  else if (nearest.length && distance(nearest[0]) <= thresholds.depends + TIE) kind = "depends";
  else if (probability < thresholds.narrowly - TIE) kind = "narrowly_ahead";

  return { kind, leader, runnerUp, compared, coverage, weights, totals, ranking, margin, deviation, probability, flips, nearest,
    dominated: dominatedIn(points, compared, order), worstCase: worstCase(scores, relative, leader) };
}

/** Where the leader's margin over a rival, a straight line in one weight, is zero (Mareschal 1988). */
function closeBy(flips, rival, compared, gaps, weights, tie) {
  const all = sum(compared.map((k) => gaps[k] * weights[k]));
  for (const k of compared) {
    const weight = weights[k];
    const only = gaps[k];
    const others = compared.filter((j) => j !== k);
    const rest = sum(others.map((j) => weights[j]));
    let without = sum(others.map((j) => gaps[j])) / others.length;
    if (weight <= 0.5) without = (all - weight * only) / (1 - weight);
    else if (rest > 0) without = sum(others.map((j) => gaps[j] * weights[j])) / rest;
    const slope = only - without;
    const zero = -without / slope;
    const flip = (at, up) => ({ criterion: k, from: weight, at, challenger: rival, up });
    if (slope > 0 && without < -tie) {
      const at = Math.min(Math.max(zero, 0), weight);
      if (at > (flips[k].low?.at ?? 0)) flips[k].low = flip(at, false);
    } else if (slope < 0 && only < -tie) {
      const at = Math.min(Math.max(zero, weight), 1);
      if (at < (flips[k].high?.at ?? 1)) flips[k].high = flip(at, true);
    }
  }
}

const distance = (flip) => Math.abs(flip.at - flip.from);

/** Nearest first; what is equally near stands in the order of the criteria. */
function nearestFirst(flips) {
  flips.sort((a, b) => distance(a) - distance(b));
  let group = 0;
  const groups = new Map(flips.map((flip, i) => {
    if (i && distance(flip) - distance(flips[i - 1]) > TIE) group += 1;
    return [flip, group];
  }));
  return flips.sort((a, b) => groups.get(a) - groups.get(b) || a.criterion - b.criterion || a.up - b.up);
}

/** [beaten on every compared criterion, by whom]. */
function dominatedIn(points, compared, order) {
  const beats = (one, other) => compared.length > 0 && compared.every((k) => points[one][k] > points[other][k]);
  return points.map((_, option) => [option, order.find((other) => beats(other, option))]).filter(([, by]) => by !== undefined);
}

/** Whether another would lead if missing scores were 0 for the leader and 10 for the other. */
function worstCase(scores, relative, leader) {
  if (!scores.some((row) => row.some((cell, k) => !cell && relative[k] > 0))) return false;
  if (leader === undefined) return true;
  const all = sum(relative);
  const filled = (row, missing) => sum(row.map((cell, k) => ((cell?.[0] ?? missing) * relative[k]) / all));
  const ours = filled(scores[leader], 0);
  return scores.some((row, option) => option !== leader && filled(row, 10) > ours + tolerance(ours));
}

/** Shares of all mixes of weights that one or two options win (exact; Varsi 1973, Ali 1973). More: nothing. */
export function shares({ scores, defaults }, weights) {
  if (scores.length < 2) return scores.map(() => 1);
  if (scores.length > 2) return undefined;
  const [one, other] = scores;
  const counted = weights.map((_, k) => k).filter((k) => one[k] && other[k] && (defaults[k] > 0 || weights[k] > 0));
  const differences = counted.map((k) => {
    const [u, v] = [one[k][0], other[k][0]];
    return Math.abs(u - v) <= 1e-12 * Math.max(u, v) ? 0 : u - v;
  });
  return [won(differences), won(differences.map((difference) => -difference))];
}

function won(differences) {
  const positive = differences.filter((difference) => difference > 0);
  if (differences.every((difference) => difference === 0)) return 0.5;
  const table = positive.map(() => 1);
  for (const against of differences.filter((difference) => difference < 0)) {
    let left = 0;
    positive.forEach((a, k) => {
      table[k] = left = (a * table[k] - against * left) / (a - against);
    });
  }
  return table.at(-1) ?? 0;
}

// Φ by W. J. Cody's rational approximations (1969), highest power first, as in crates/compare/src/normal.rs.
const NEAR = [
  [1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3],
  [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3],
];
const MIDDLE = [
  [2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
    8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3],
  [1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3],
];
const FAR = [
  [1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4],
  [1, 2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3],
];
const ratio = (both, x) => {
  const [over, under] = both.map((coefficients) => coefficients.reduce((total, coefficient) => total * x + coefficient, 0));
  return over / under;
};

function cumulative(z) {
  const x = -z * Math.SQRT1_2;
  const far = Math.abs(x);
  if (far <= 0.46875) return 0.5 * (1 - x * ratio(NEAR, x * x));
  let scaled = ratio(MIDDLE, far);
  if (far > 4) {
    const square = 1 / (far * far);
    scaled = (5.6418958354775628695e-1 - square * ratio(FAR, square)) / far;
  }
  const head = Math.trunc(far * 16) / 16;
  const tail = far > 27 ? 0 : Math.exp(-head * head) * Math.exp(-(far - head) * (far + head)) * scaled;
  return 0.5 * (x < 0 ? 2 - tail : tail);
}

/** A number with so many decimals; an exact half goes to the even digit, as on the server. */
export function fixed(number, decimals) {
  const scale = 10 ** decimals;
  const half = Math.abs(number * 2 ** (decimals + 1)) % 2 === 1;
  const low = Math.floor(number * scale);
  return (half && low % 2 === 0 ? low / scale : number).toFixed(decimals);
}

export const score = (value) => fixed(value, 1);
/** "16.7", "20". */
export const plainPercent = (share) => fixed(share * 100, 1).replace(/\.0$/, "");
export const percent = (share) => `${plainPercent(share)}\u00a0%`;

// Where a flip lies. Only one that is at the very end, for two lead together now, is said to be there.
function place({ at, up }) {
  if (up && at < TIE) return percent(0);
  if (!up && at > 1 - TIE) return percent(1);
  return percent(Math.min(Math.max(at, 0.001), 0.999));
}
function beyond({ at, up }) {
  if (!up && at < 0.0005) return "less than 0.1\u00a0%";
  return up && at > 0.9995 ? "more than 99.9\u00a0%" : undefined;
}

export function chances(probability) {
  if (probability >= 0.995) return "more than 99 in 100";
  if (probability < 0.005) return "fewer than 1 in 100";
  return `${Math.round(probability * 100)} in 100`;
}

const ABOUT = [[0.01, "almost none"], [0.075, "about one in twenty"], [0.125, "about one in ten"], [0.18, "about one in six"],
  [0.225, "about one in five"], [0.29, "about one in four"], [0.36, "about one in three"], [0.45, "about two in five"],
  [0.55, "about half"], [0.63, "about three in five"], [0.71, "about two in three"], [0.775, "about three in four"],
  [0.85, "about four in five"], [0.95, "about nine in ten"], [0.99, "about nineteen in twenty"], [Infinity, "almost all"]];
export const about = (share) => ABOUT.find(([upTo]) => share < upTo)[1];

const lowerFirst = (label) => (/^.\p{Lu}/u.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1));
const condition = ({ criteria }, flip) => `${lowerFirst(criteria[flip.criterion])} counts for ${flip.up ? "more" : "less"} than ${place(flip)}`;

/** The verdict in two pieces: who leads, and what would flip it (may be empty). */
export function headline(model, verdict, at) {
  const { options } = model;
  const [lead, rival] = [options[verdict.leader] ?? "", options[verdict.runnerUp] ?? ""];
  const [first] = verdict.nearest;
  const tip = (flip, word) => `${options[flip.challenger]} ${word} ${condition(model, flip)}`;
  switch (verdict.kind) {
    case "cannot_tell":
      return [`Cannot tell: only ${percent(verdict.coverage)} of your weight rests on evidence for every option`, ""];
    case "too_close": {
      const tips = verdict.nearest.slice(0, 2).map((flip) => tip(flip, "if")).join(", to ");
      return [`Too close to call between ${lead} and ${rival} ${at}`, tips && `(it tips to ${tips})`];
    }
    case "depends":
      return [`${lead} leads ${at};`, tip(first, "once")];
    case "narrowly_ahead":
      return [`${lead} is narrowly ahead ${at}, in ${chances(verdict.probability)} of what the evidence allows`, ""];
    default:
      if (!rival) return [`${lead} is what remains after your must-haves`, ""];
      return [`${lead} is ahead ${at};`, first ? tip(first, "only once") : "no single priority changes it"];
  }
}

export const sentence = ([lead, flip]) => (flip ? `${lead} ${flip}.` : `${lead}.`);

/** What a change of one weight alone can do. */
export function flipLine({ options }, { compared, flips }, k) {
  if (!compared.includes(k)) return "Not compared: no evidence for every option";
  const { low, high } = flips[k];
  const said = [low, high].filter(Boolean).map((flip) => `${options[flip.challenger]} leads at ${beyond(flip) ?? `${place(flip)} or ${flip.up ? "more" : "less"}`}`);
  return said.join(", ") || "No weight on this alone changes the leader";
}

/** What a point on criterion k is worth in points of the heaviest other. */
export function worthLine({ criteria }, { weights }, k) {
  let most;
  weights.forEach((weight, j) => {
    if (j !== k && weight > (weights[most] ?? 0)) most = j;
  });
  if (!(weights[k] > 0) || most === undefined) return "";
  const ratio = weights[k] / weights[most];
  const said = ratio < 9.95 ? fixed(ratio, 1).replace(/\.0$/, "") : fixed(ratio, 0);
  const points = ratio < 0.05 ? "less than 0.1 points" : said === "1" ? "1 point" : `${said} points`;
  return `1 point here is worth ${points} of ${lowerFirst(criteria[most])}`;
}

/** How sure the leader is to be ahead, or why that cannot be said. */
export function sureness({ kind, runnerUp, probability }) {
  if (kind === "cannot_tell") return "cannot tell";
  return runnerUp === undefined ? "one option left" : chances(probability);
}

/** The smallest single change that changes the leader. */
export function nearestLine({ options, criteria }, { kind, runnerUp, nearest: [flip] }) {
  if (runnerUp === undefined) return "Only one option is left, so no priority can change it.";
  if (kind === "cannot_tell") return "What would change the leader cannot be said: too much of your weight lies on criteria without evidence.";
  if (!flip) return "No single priority, however high or low, changes the leader.";
  return `The smallest single change that flips it: ${lowerFirst(criteria[flip.criterion])} from ${percent(flip.from)} to ${beyond(flip) ?? place(flip)}; then ${options[flip.challenger]} leads.`;
}

/** The preset whose weights are in proportion to these. */
export function presetOf({ presets }, weights) {
  const all = sum(weights);
  return presets.find((preset) => preset.weights.every((weight, k) => Math.abs(weight / sum(preset.weights) - weights[k] / all) < 1e-12));
}

/** The canonical query of a state, or with `full` the one of a link to share; `settings` is another query to keep the rest of. */
export function query(model, weights, { full = false, settings = model.query } = {}) {
  const known = new URLSearchParams(full ? model.full : settings);
  const pairs = known.has("edition") ? [`edition=${known.get("edition")}`] : [];
  const preset = !full && presetOf(model, weights);
  const bare = model.defaults.every((weight, k) => weight === weights[k]);
  if (preset && !bare) pairs.push(`preset=${preset.id}`);
  else model.slugs.forEach((slug, k) => {
    if (full || weights[k] !== model.defaults[k]) pairs.push(`w.${slug}=${weights[k]}`);
  });
  const escaped = (value) => encodeURIComponent(value).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  for (const [key, value] of known) if (!/^(edition|preset|w\..*)$/.test(key)) pairs.push(`${key}=${escaped(value)}`);
  return pairs.join("&");
}

/** The query of a frame that keeps up with new editions: no edition, and the reader's own weights spelt out. */
export function living({ living: [known, rest], defaults, slugs }, weights) {
  const bare = defaults.every((weight, k) => weight === weights[k]);
  const pairs = bare ? [] : slugs.map((slug, k) => [slug, weights[k]]).filter(([slug]) => known.includes(slug));
  return [...pairs.map(([slug, weight]) => `w.${slug}=${weight}`), rest].filter(Boolean).join("&");
}
