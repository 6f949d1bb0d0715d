// The demo's people in a browser: how they come in, prove who they are, pay, let time pass, and read what they have.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A second operator, who is let in before the demo begins. */
export const OTTO = ["operator", "add", "otto@demo.example", "--name", "Otto Lind", "--role", "owner"];

export async function comeIn(site, name, options = {}) {
  const page = await site.page({ watch: false, ...options });
  await page.goto("/sign-in");
  await page.getByRole("button", { name }).click();
  await page.waitForURL(/\/me(\/legal|$)/);
  return page;
}

/** By the link that a command or a letter has. */
export async function comeInBy(site, text, options = {}) {
  const page = await site.page({ watch: false, ...options });
  await page.goto(text.match(/\/sign-in\/[\w-]+/)[0]);
  await page.locator("main form button").first().click();
  await page.waitForURL(/\/(me|office)$/);
  return page;
}

/** What the page says, without the frame around it. */
export const said = (page) => page.locator("main").innerText();

/** The six digits of an authenticator app (RFC 6238), which knows nothing of the demo's time. */
function totp(key) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...key.replace(/[\s=]/g, "")].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / 30)));
  const digest = createHmac("sha1", secret).update(step).digest();
  return String((digest.readUInt32BE(digest[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Sets up a second factor; gives what proves it again, by a recovery code each time. */
export async function secondFactor(page) {
  await page.goto("/me/second-factor");
  await page.getByRole("button", { name: "Set it up" }).click();
  const key = await page.locator(".key").innerText();
  await page.getByLabel("The code that your app shows").fill(totp(key));
  await page.getByRole("button", { name: "Switch it on" }).click();
  const codes = await page.locator(".codes code").allTextContents();
  assert.equal(codes.length, 10);
  return async () => {
    await page.goto("/me/prove");
    await page.getByLabel("The code that your app shows").fill(codes.pop());
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.waitForURL(/\/me$/);
  };
}

/** Lets the demo's time pass, as its operator. */
export async function pass(operator, ...steps) {
  await operator.goto("/demo/clock");
  for (const step of steps) {
    await operator.getByRole("button", { name: step }).click();
    await operator.waitForURL(/from=/);
  }
  return said(operator);
}

/** Reads an address again until it says what a provider reports a moment later. */
export async function arrived(page, path, expected) {
  for (let round = 0; round < 60; round += 1) {
    await page.goto(path);
    if (expected.test(await said(page))) return;
    await page.waitForTimeout(150);
  }
  assert.match(await said(page), expected);
}

/** "$1,200.00" as 120000. */
export function minor(text) {
  const found = text.match(/^(-?)\$([\d,]+)\.(\d\d)$/);
  assert.ok(found, `no sum of money: ${text}`);
  return Number(found[1] + found[2].replaceAll(",", "") + found[3]);
}

/** What the page of the balance says, in cents. */
export async function balance(page) {
  await page.goto("/balance");
  const sums = async (title) => (await page.locator(`section[aria-labelledby=${title}] .moves dt`).allTextContents()).map(minor);
  const [payable, pending] = await sums("earned-title");
  const [held = 0] = await sums("held-title");
  return { payable, pending, held };
}

/** The lines of the statement as a program reads them: [why, title, cents], and where it ends. */
export async function statement(page) {
  const csv = await (await page.request.get("/statements.csv?from=2020-01-01&to=2100-01-01")).text();
  const rows = csv.trim().split("\n").slice(1).map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g).map((cell) => cell.replace(/,$/, "").replace(/^"|"$/g, "")));
  const lines = rows.slice(1, -1).map((row) => [row[1], row[3], Number(row[6])]);
  const end = Number(rows.at(-1)[7]);
  assert.equal(lines.reduce((sum, line) => sum + line[2], 0), end, "the lines add up to the closing balance");
  await page.goto("/statements?from=2020-01-01&to=2100-01-01");
  assert.equal(minor(await page.locator("main .moves dt").nth(1).innerText()), end, "the page ends where the table does");
  return { lines, end };
}

/** The lines of one contract in a person's statement, [why, cents] each, whatever else happened meanwhile. */
export async function movements(page, title) {
  const { lines } = await statement(page);
  return lines.filter((line) => line[1] === title).map(([why, , cents]) => [why, cents]);
}

/** What the page of the balance says of one milestone, in cents: one sum a row. */
export async function rows(page, title) {
  await page.goto("/balance");
  const found = page.locator("main tbody tr").filter({ has: page.getByRole("rowheader", { name: title, exact: true }) });
  return (await found.locator("td.numbers").allTextContents()).map(minor);
}

/** As {@link rows}, once a provider has reported what is on its way: a refund is a row until it has arrived. */
export async function settled(page, title, expected) {
  let found = await rows(page, title);
  for (let round = 0; round < 60 && JSON.stringify(found) !== JSON.stringify(expected); round += 1) {
    await page.waitForTimeout(150);
    found = await rows(page, title);
  }
  assert.deepEqual(found, expected);
}

/** The books prove themselves: every history, entry and balance is decided again. */
export async function assertBooks(operator) {
  await operator.goto("/office/ledger/proof");
  await operator.getByRole("button", { name: "Prove them now" }).click();
  await arrived(operator, "/office/ledger/proof", /The books are (not )?sound/);
  assert.match(await said(operator), /The books are sound/);
}

/** A day from now, as a form takes it. */
export const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** Raises a request in its four steps and shows it to experts; the page is that of the request then. */
export async function ask(client, summary, { managed = false } = {}) {
  await client.goto("/requests/new?role=python-engineer");
  await client.getByLabel("What should be built").fill(summary);
  for (const step of ["what", "done", "price"]) {
    if (step === "price") {
      await client.getByLabel("Budget").fill("8,000-12,000");
      if (managed) await client.getByLabel(/proposes experts to me/).check();
    }
    await client.getByRole("button", { name: "Go on" }).click();
  }
  await client.getByRole("button", { name: "Send the request" }).click();
  await client.getByLabel("When is it done?").fill("A quote is answered within 200 ms\nA README says how to run it");
  await client.locator("main form button.button").first().click();
  return client.url();
}

/** Proposes milestones in a conversation, [title, price, days until due] each. */
export async function propose(expert, talk, milestones) {
  await expert.goto(`${talk.split("#")[0]}/proposals/new`);
  for (let more = 1; more < milestones.length; more += 1) await expert.getByRole("button", { name: "Add a milestone" }).click();
  const typed = { "answer-1": "From a table in memory", "answer-2": "Yes" };
  for (const [index, [title, price, days]] of milestones.entries()) {
    const n = index + 1;
    Object.assign(typed, { [`title-${n}`]: title, [`deliverable-${n}`]: "A service with tests", [`price-${n}`]: price, [`due-${n}`]: inDays(days) });
    if (index) typed[`done-when-${n}`] = "It is there";
  }
  for (const [name, value] of Object.entries(typed)) await expert.locator(`#${name}`).fill(value);
  await expert.getByRole("button", { name: "Send it" }).click();
  await expert.waitForURL(/\/conversations\/cnv_[^/]+$/);
}

/** Accepts the proposal and lets both sign; the address of the contract. */
export async function sign(client, expert, talk) {
  await client.goto(talk);
  await client.getByRole("button", { name: "Accept version 1" }).click();
  const contract = client.url().split("?")[0].split("#")[0];
  for (const person of [client, expert]) {
    await person.goto(contract);
    await person.getByRole("button", { name: "Sign this contract" }).click();
  }
  return contract;
}

/** From nothing to a contract that both have signed. */
export async function agree(client, expert, summary, milestones) {
  const request = await ask(client, summary);
  await expert.goto(request);
  await expert.getByRole("button", { name: "Answer this request" }).click();
  const talk = expert.url();
  await propose(expert, talk, milestones);
  return sign(client, expert, talk);
}

/** One milestone's part of the contract's page. */
export const milestone = (page, title) => page.locator("li.milestone, .track > li").filter({ hasText: title });

/** Follows a link of the contract's page to the page of an act, and gives its address. */
export async function to(page, contract, link) {
  await page.goto(contract);
  await page.getByRole("link", { name: link }).first().click();
  return page.url();
}

/** Pays for a milestone at the provider's checkout. */
export async function fund(client, contract, sum) {
  await to(client, contract, `Fund ${sum}`);
  await client.getByLabel(/^by card/).first().check();
  await client.locator("main form button.button").first().click();
  const pay = client.getByRole("link", { name: `Pay ${sum}` });
  for (let round = 0; round < 60 && !(await pay.count()); round += 1) {
    await client.waitForTimeout(150);
    await client.reload();
  }
  await pay.click();
  await client.locator("form button").first().click();
  await client.waitForURL(contract);
  await arrived(client, contract, /arrived/);
}

/** Starts the work on the milestone that is funded. */
export async function start(expert, contract) {
  await to(expert, contract, /^Start/);
  await expert.locator("main form button").first().click();
}

/** Submits a version that meets every item. */
export async function submit(expert, contract) {
  await to(expert, contract, /^Submit/);
  for (const box of await expert.locator("main input[type=checkbox]").all()) await box.check();
  await expert.getByLabel("Links to the work").fill("https://example.org/quotes");
  await expert.locator("main form button").first().click();
}

/** Presses the button that does it, and is back at the contract. */
export async function done(page, button) {
  await page.getByRole("button", { name: button }).click();
  await page.waitForURL(/\/contracts\/con_/);
}

/** What a letter says in plain text. */
function words(letter) {
  const part = /Content-Type: text\/plain[^\r]*\r\n(?:Content-Transfer-Encoding: ([\w-]+)\r\n)?\r\n([\s\S]*?)\r\n--/;
  const [, encoding, body] = letter.match(part);
  if (encoding === "base64") return Buffer.from(body, "base64").toString("utf8");
  if (encoding !== "quoted-printable") return body;
  return decodeURIComponent(body.replace(/=\r\n/g, "").replace(/%/g, "%25").replace(/=([0-9A-F]{2})/g, "%$1"));
}

/** The letters to somebody, the first first: head and text. */
export function letters(site, email) {
  const folder = join(site.directory, "earnest-data/mail");
  const read = (name) => {
    const letter = readFileSync(join(folder, name), "utf8");
    return { head: letter.split("\r\n\r\n")[0], text: words(letter) };
  };
  return readdirSync(folder).sort().map(read).filter(({ head }) => head.includes(`To: ${email}`));
}
