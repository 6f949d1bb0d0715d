// Starts the built binary in an empty directory, opens Chromium, and knows how to look at a page:
// axe in both themes, sideways scrolling on a phone, a context without scripts, screenshots.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const themes = ["light", "dark"];
export const phone = { width: 360, height: 740 };
export const desk = { width: 1200, height: 900 };

export function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const named = process.env.TEST_BINARY;
  const found = [named, join(target, "debug/earnest"), join(target, "release/earnest")].find((path) => path && existsSync(path));
  assert.ok(found, "no binary: run `cargo build` first");
  return found;
}

// The address is the only line the program prints. `before` is what the command line does in the folder first.
async function start(flags, before) {
  const directory = mkdtempSync(join(tmpdir(), "earnest-browser-"));
  const run = (...words) => execFileSync(binary(), words, { cwd: directory, encoding: "utf8" });
  const said = before.map((words) => run(...words));
  const place = flags.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const process_ = spawn(binary(), ["serve", ...place, "--address-tries", "100", ...flags], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  process_.stderr.on("data", (chunk) => (log += chunk));
  let text = "";
  const url = await new Promise((resolveUrl, reject) => {
    process_.stdout.on("data", (chunk) => {
      text += chunk;
      const address = text.match(/http:\/\/\S+/);
      if (address) resolveUrl(address[0]);
    });
    process_.on("exit", (code) => reject(new Error(`the program ended with ${code}:\n${log}`)));
  });
  const stop = async () => {
    const ended = new Promise((done) => process_.on("exit", (code) => done(code)));
    process_.kill("SIGTERM");
    const code = await ended;
    rmSync(directory, { recursive: true, force: true });
    return code;
  };
  return { url, stop, directory, run, said, log: () => log, printed: () => text };
}

/** A running site and a browser in front of it. Call `close` in `after`. */
export async function open({ flags = [], before = [] } = {}) {
  const site = await start(flags, before);
  const browser = await chromium.launch({
    executablePath: process.env.TEST_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

  // Every page of a test is watched: a script error, a blocked style or script, a request to elsewhere fails the test.
  async function page({ size = desk, scripts = true, theme = "light", watch = true, ...options } = {}) {
    const context = await browser.newContext({
      baseURL: site.url,
      viewport: size,
      javaScriptEnabled: scripts,
      colorScheme: theme,
      reducedMotion: "reduce",
      ...options,
    });
    const page = await context.newPage();
    page.complaints = [];
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) page.complaints.push(message.text());
    });
    page.on("request", (request) => {
      const to = request.url();
      if (watch && !to.startsWith(site.url) && !to.startsWith("data:")) page.complaints.push(`a request to ${to}`);
    });
    return page;
  }

  async function close() {
    await browser.close();
    return site.stop();
  }

  return { url: site.url, directory: site.directory, run: site.run, said: site.said, log: site.log, printed: site.printed, browser, page, close };
}

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// Through the debugger, since the policy of the site rightly refuses scripts from elsewhere; once in a document.
async function violations(page, options) {
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(axeSource);
  const found = await page.evaluate((options) => window.axe.run(options), options);
  return found.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${one.help}\n  ${node.html}\n  ${node.failureSummary}`));
}

/** No violation of WCAG 2.2 A and AA, nor of axe's good practices. */
export async function assertAccessible(page) {
  assert.deepEqual(await violations(page, { runOnly: RULES }), [], `axe on ${page.url()}`);
}

// The theme is the browser's wish, so that nothing but colours can differ: what else there is to find was found in light.
// Text is of at least 7:1 (4.5:1 if large), as WCAG AAA asks.
async function assertThemes(page) {
  const enhanced = { "color-contrast-enhanced": { enabled: true } };
  await page.emulateMedia({ colorScheme: "light" });
  assert.deepEqual(await violations(page, { runOnly: RULES, rules: enhanced }), [], `axe on ${page.url()}`);
  await page.emulateMedia({ colorScheme: "dark" });
  const colours = { type: "rule", values: ["color-contrast", "color-contrast-enhanced", "link-in-text-block"] };
  assert.deepEqual(await violations(page, { runOnly: colours, rules: enhanced }), [], `colours in dark on ${page.url()}`);
}

/** Text of at least 7:1 (4.5:1 if large), as WCAG AAA asks. */
export async function assertReadable(page) {
  const rule = { type: "rule", values: ["color-contrast-enhanced"] };
  assert.deepEqual(await violations(page, { runOnly: rule, rules: { "color-contrast-enhanced": { enabled: true } } }), [], `contrast on ${page.url()}`);
}

/** Nothing reaches beyond the window, so that nobody has to scroll sideways. */
export async function assertNoSideways(page) {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > width + 0.5)
      .map((element) => `${element.tagName.toLowerCase()}.${element.className}`)
      .slice(0, 8);
  });
  assert.deepEqual(wide, [], `sideways scrolling on ${page.url()}`);
}

/** Everything a page must stand, at an address: both themes, phone, large text, no scripts, no complaints. */
export async function assertSound(site, path, { status = 200, name } = {}) {
  const page = await site.page();
  const response = await page.goto(path);
  assert.equal(response.status(), status, path);
  await assertThemes(page);
  if (name) await screenshot(page, `${name}-dark`);
  // 200 % zoom of a window of 720 px leaves 360 px: the phone check covers it, the second one text twice as large
  await page.setViewportSize(phone);
  await assertNoSideways(page);
  if (name) await screenshot(page, `${name}-phone`);
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
  await assertNoSideways(page);
  assert.deepEqual(page.complaints, [], path);
  await page.context().close();
  const plain = await site.page({ scripts: false });
  await plain.goto(path);
  assert.equal(await plain.locator("h1").count(), 1, `${path} has one main heading without scripts`);
  await plain.context().close();
}

/** Keeps a picture under target/screenshots, for people to look at, where SCREENSHOTS is set: drawing one takes longer than reading. */
export async function screenshot(page, name) {
  if (!process.env.SCREENSHOTS) return;
  const directory = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "screenshots");
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
}

// The page as it is, in both themes and on a phone.
export async function look(page, name) {
  const size = page.viewportSize();
  await assertThemes(page);
  await screenshot(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await screenshot(page, `${name}-light`);
  await page.setViewportSize(phone);
  await assertNoSideways(page);
  await screenshot(page, `${name}-phone`);
  await page.setViewportSize(size);
  assert.deepEqual(page.complaints, [], name);
}
