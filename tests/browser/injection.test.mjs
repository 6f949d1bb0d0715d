// Everything that people can write, filled with what attacks pages: no page, table or letter may run or load any of it.
// The list is payloads.json; sinks of several lines take all of it, sinks of one line a part each.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { agree, comeIn, done, fund, inDays, said, secondFactor, start, submit, to } from "./people.mjs";
import { open } from "./site.mjs";

const all = JSON.parse(readFileSync(new URL("payloads.json", import.meta.url), "utf8"));
// what no text may hold is refused; the rest is kept as it was written
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;
const refused = all.filter((one) => unprintable.test(one.replaceAll("\r\n", "\n")));
const kept = all.filter((one) => !refused.includes(one));
const lines = kept.filter((one) => !/[\n\t\r]/.test(one) && one.trim() === one);

// what Markdown makes neither a link nor a list nor a character of
const plain = kept.filter((one) => !/[[&\n]/.test(one));

/** All of them, in texts of at most so many characters. */
function texts(limit) {
  const found = [""];
  for (const one of kept) {
    if (found.at(-1).length + one.length + 2 > limit) found.push("");
    found[found.length - 1] += `${one}\n\n`;
  }
  return found;
}
/** A few of them in one line, others each time. */
let next = 0;
function line(limit) {
  let found = "";
  for (let tries = 0; tries < lines.length; tries += 1) {
    const one = lines[(next += 7) % lines.length];
    if (found.length + one.length + 1 > limit) break;
    found += `${one} `;
  }
  return `${found.trim() || "<b>x"}`;
}

let site, mail, folder;
const sent = [];
before(async () => {
  const listening = (server) => new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(server.address().port)));
  mail = createServer((socket) => serveMail(socket));
  const port = await listening(mail);
  // letters need the address of the site before it has one
  const held = createServer();
  const place = `127.0.0.1:${await listening(held)}`;
  await new Promise((closed) => held.close(closed));
  folder = mkdtempSync(join(tmpdir(), "earnest-legal-"));
  const body = kept.filter((one) => !one.startsWith("```")).join("\n\n");
  for (const name of ["terms", "privacy", "imprint"]) writeFileSync(join(folder, `${name}.md`), `# ${name} <img src=x onerror=alert(1)>\n\n${body}\n`);
  site = await open({
    flags: [
      ...["--demo", "--legal-folder", folder, "--bank-holder", "Northgate <b>GmbH", "--bank-iban", "DE89370400440532013000"],
      ...["--brand-name", "<svg onload=alert(1)>\"'{{7*7}}", "--brand-footer", "</p><script>alert(1)</script>\" onclick=alert(1)", "--brand-disclosure", "<img src=x onerror=alert(1)>"],
      ...["--mail-host", "127.0.0.1", "--mail-port", String(port), "--mail-security", "none", "--mail-from", "post@demo.example", "--listen", place, "--base-url", `http://${place}`],
    ],
  });
});
after(async () => {
  mail.close();
  rmSync(folder, { recursive: true, force: true });
  await site.close();
});

/** Just enough of SMTP to be handed letters. */
function serveMail(socket) {
  let [text, isData] = ["", false];
  const say = (words) => socket.write(`${words}\r\n`);
  say("220 here");
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    text += chunk;
    for (;;) {
      const end = isData ? text.indexOf("\r\n.\r\n") : text.indexOf("\r\n");
      if (end < 0) return;
      const part = text.slice(0, end);
      text = text.slice(end + (isData ? 5 : 2));
      if (isData) sent.push(part);
      const word = part.slice(0, 4).toUpperCase();
      say(isData ? "250 kept" : word === "DATA" ? "354 go on" : word === "QUIT" ? "221 bye" : "250 yes");
      isData = !isData && word === "DATA";
    }
  });
}

/** A person whose every page is watched for what must not happen. */
async function person(name) {
  const page = name ? await comeIn(site, name, { watch: true }) : await site.page();
  page.on("dialog", async (dialog) => {
    page.complaints.push(`a dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  await page.context().addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return page;
}

/** What of the page could act that is not ours; runs in the page. */
function strange() {
  const found = [];
  for (const element of document.querySelectorAll("*")) {
    const name = element.tagName.toLowerCase();
    for (const { name: attribute, value } of element.attributes) {
      if (/^on/i.test(attribute)) found.push(`${name} ${attribute}`);
      if (/^(href|src|action|formaction|srcset|data|xlink:href|poster|ping|background)$/i.test(attribute) && /^\s*(javascript|data|vbscript|file|blob):/i.test(value)) found.push(`${name} ${attribute}=${value}`);
      if (attribute === "style" && !element.closest("svg")) found.push(`${name} style`);
    }
    if (/^(iframe|object|embed|base|style|math|applet|frame|portal|marquee|template|video|audio)$/.test(name)) found.push(name);
    if (name === "script" && element.src && new URL(element.src).origin !== location.origin) found.push(element.outerHTML);
    if (name === "meta" && element.httpEquiv) found.push(element.outerHTML);
    if (name === "form" && new URL(element.action).origin !== location.origin) found.push(element.outerHTML.slice(0, 80));
    if (name === "a" && element.href && !/^(https?|mailto|otpauth):/.test(element.href)) found.push(element.outerHTML);
  }
  return found;
}

const bare = (text) => text.replace(/[^\p{L}\p{N}]+/gu, "");

/** Opens a page and sees that nothing of it acts, and that it says these texts as texts. */
async function harmless(page, path, texts = []) {
  if (path) await page.goto(path);
  const where = `${path ?? page.url()}`;
  assert.deepEqual(await page.evaluate(strange), [], where);
  // a moment for what would act by itself, and the mouse and focus over what waits for them
  await page.evaluate(() => {
    for (const element of document.querySelectorAll("main *")) {
      element.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
      element.dispatchEvent(new Event("focus"));
    }
  });
  assert.deepEqual(page.complaints, [], where);
  const read = bare(await page.evaluate(() => document.body.textContent + [...document.querySelectorAll("input, textarea")].map((field) => field.value).join(" ") + [...document.querySelectorAll("main a")].map((link) => link.getAttribute("href")).join(" ")));
  const lost = texts.filter((text) => !read.includes(bare(text)));
  assert.deepEqual(lost, [], `${where} shows them as text`);
}

/** Fills fields by their name, sends the form, and looks at what comes. */
async function send(page, path, values, button) {
  if (path) await page.goto(path);
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`main [name="${name}"]`).first();
    const kind = await field.getAttribute("type");
    if (kind === "checkbox" || kind === "radio") await page.locator(`main [name="${name}"]${value === true ? "" : `[value="${value}"]`}`).first().check();
    else if (kind === "file") await field.setInputFiles(value);
    else if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  await page.getByRole("button", { name: button }).first().click();
  await page.waitForLoadState();
  await harmless(page);
  assert.equal(await page.locator(".error-summary").count(), 0, `${page.url()}: ${await said(page)}`);
}

/** Fills a form about a milestone: ticks everything, writes these texts, and sends it. */
async function act(page, texts) {
  for (const box of await page.locator("main input[type=checkbox]").all()) await box.check();
  for (const [name, text] of Object.entries(texts)) await page.locator(`main [name="${name}"]`).first().fill(text);
  await page.locator("main form button").first().click();
  await page.waitForLoadState();
  await harmless(page);
  assert.equal(await page.locator(".error-summary").count(), 0, `${page.url()}: ${await said(page)}`);
}

test(`${all.length} texts that attack pages stay texts on every page, in tables and in letters`, async () => {
  assert.ok(all.length >= 300 && new Set(all).size === all.length);
  const [clara, emil, olga, stranger] = await Promise.all([person(/Clara/), person(/Emil/), person(/Olga/), person()]);
  for (const page of [clara, emil, olga]) {
    if (/legal/.test(page.url()) || (await page.goto("/me"), /legal/.test(page.url()))) await harmless(page);
    await page.goto("/me/legal");
    const accept = page.getByRole("button", { name: /accept/i });
    if (await accept.count()) await accept.first().click();
  }
  const long = texts(4_900);

  // people
  const names = { clara: "Clara \"><img src=x onerror=alert(1)>", emil: "Emil '><svg onload=alert(1)> =1+1" };
  await send(clara, "/me/account", { name: names.clara }, "Save");
  await send(emil, "/me/account", { name: names.emil }, "Save");
  const profile = { headline: line(100), about: long[0].slice(0, 2_900), skill_1: "<b>Python", evidence_1: "https://example.org/javascript:alert(1)", work_1: line(100), work_year_1: "2024", work_story_1: long[0].slice(0, 700), work_link_1: "https://example.org/;onerror=alert(1)" };
  await emil.goto("/me/expert-profile");
  await send(emil, null, profile, "Save");
  const emilPage = await emil.locator("main a.button").first().getAttribute("href");

  // a request, its answer, every message and file name
  await clara.goto("/requests/new?role=python-engineer");
  const summary = line(100);
  await send(clara, null, { summary, details: long[1] }, "Go on");
  await send(clara, null, { skills: "Python, <b>SQL, \"'><i>Go" }, "Go on");
  await clara.getByLabel("Budget").fill("8,000-12,000");
  await send(clara, null, { place: line(60) }, "Go on");
  await send(clara, null, {}, "Send the request");
  const items = lines.slice(0, 10);
  await send(clara, null, { acceptance: items.join("\n") }, /Show it to experts/);
  const request = clara.url();
  await harmless(clara, request, [summary, ...items]);
  await harmless(emil, request, [summary, ...items]);
  await emil.getByRole("button", { name: "Answer this request" }).click();
  const talk = emil.url().split("#")[0];
  // an operator proposes while it is open
  const requestPage = `/office/requests/${request.split("/").at(-1)}`;
  await harmless(olga, requestPage, [summary]);
  const proposal = await olga.locator("#listed_1 option").nth(1).getAttribute("value");
  await send(olga, null, { listed_1: proposal, note_1: long[0].slice(0, 900) }, "Propose");
  await harmless(clara, request);
  const files = lines.filter((one) => one.length < 120).map((one, index) => ({ name: `${one.replaceAll("/", "\u2044")} ${index}.html`, mimeType: "text/html", buffer: Buffer.from("<script>alert(1)</script>") }));
  for (const [index, text] of long.entries()) await send(emil, talk, { text, files: files.slice(index * 20, index * 20 + 20) }, "Send");
  for (const text of refused.slice(0, 8)) {
    await emil.goto(talk);
    await emil.locator("main [name=text]").evaluate((field, text) => (field.value = text), text);
    await emil.getByRole("button", { name: "Send" }).click();
    await emil.waitForLoadState();
    await harmless(emil);
    assert.match(await said(emil), /character that cannot be shown|Nothing was sent/, JSON.stringify(text));
  }
  for (const page of [clara, emil]) await harmless(page, talk, plain);

  // a contract with its terms, versions, changes, dispute and settlement
  await emil.goto(`${talk}/proposals/new`);
  const title = "=HYPERLINK(\"https://evil.example/\")<svg onload=alert(1)>";
  const plan = { "title-1": title, "deliverable-1": long[2] ?? long[0], "done-when-1": lines.slice(10, 20).join("\n"), "price-1": "100", "due-1": inDays(20) };
  for (let item = 1; item <= items.length; item += 1) plan[`answer-${item}`] = long[item % long.length].slice(0, 1_900);
  await send(emil, null, plan, "Send it");
  await harmless(clara, talk, [title]);
  await clara.getByRole("button", { name: "Accept version 1" }).click();
  const contract = clara.url().split("?")[0];
  await harmless(clara, contract, [title, ...lines.slice(10, 20)]);
  await harmless(emil, contract, [title, names.clara]);
  for (const page of [clara, emil]) await send(page, contract, {}, "Sign this contract");
  await fund(clara, contract, "$100.00");
  // the provider's own page is another site
  const others = clara.complaints.splice(0).filter((one) => !/^a request to http:\/\/127\.0\.0\.1:\d+\/(pay\/|sandbox)/.test(one));
  assert.deepEqual(others, []);
  await start(emil, contract);
  await to(emil, contract, /^Submit/);
  await act(emil, { note: long[0], links: "https://example.org/?javascript:alert(1)\nhttps://example.org/#onload=alert(1)" });
  const note = long[1].slice(0, 1_900);
  await to(clara, contract, /changes/);
  await act(clara, { note });
  await harmless(emil, contract);
  await to(emil, contract, /^Submit/);
  await act(emil, { note: long[2] ?? long[0], links: "https://example.org/2" });
  const quarrel = line(900);
  await to(clara, contract, "Open a dispute");
  await clara.getByLabel("What the expert may have now").fill("10");
  await clara.getByLabel("What the expert should get in the end").fill("20");
  await clara.getByLabel("What it is about").fill(quarrel);
  await clara.getByRole("button", { name: "Open a dispute" }).click();
  await harmless(clara);
  await done(clara, "Open a dispute");
  for (const page of [clara, emil]) await harmless(page, contract, [quarrel]);

  // a review of something that is over, and the reply
  const ended = await agree(clara, emil, "A small thing", [["The small thing", "50", 20]]);
  await fund(clara, ended, "$50.00");
  await start(emil, ended);
  await submit(emil, ended);
  await to(clara, ended, "Approve and pay $50.00");
  await done(clara, "Approve and pay $50.00");
  clara.complaints.length = 0;
  const reviews = { clara: line(900), emil: line(900) };
  const review = async (page, text) => {
    const form = page.locator("main form[action$='/reviews']");
    await form.locator("[name=rating]").first().check();
    await form.locator("[name=text]").fill(text);
    await form.locator("button").first().click();
    await page.waitForLoadState();
    await harmless(page);
  };
  for (const [page, text] of [[clara, reviews.clara], [emil, reviews.emil]]) {
    await page.goto(ended);
    await review(page, text);
  }
  for (const page of [clara, emil]) await harmless(page, ended, Object.values(reviews));

  // what an operator writes
  const prove = await secondFactor(olga);
  await prove();
  await olga.goto("/office/vetting");
  await olga.locator("main table th a").first().click();
  await olga.locator("main input[type=checkbox]").first().check();
  await send(olga, null, { reasons: long[0].slice(0, 1_900) }, /^Refuse/);
  const me = emilPage.split("/").at(-1);
  await olga.goto(`/office/visits/${me}`);
  await olga.getByLabel("In a few words").fill(line(180));
  await olga.locator("main form button.button").first().click();
  await harmless(olga, `/office/people/${me}`);
  await send(olga, `/office/people/${me}/hold`, { scope: true, reason: true, facts: long[1].slice(0, 1_900), rule: line(280) }, "Put the hold on");
  for (const path of ["/me/audit", "/me/holds", "/me"]) await harmless(emil, path);
  await send(olga, "/office/receipts", { statement: `date,amount,currency,reference,counterparty,transaction_id\n${lines.slice(0, 60).map((one, index) => `${inDays(-1)},${index + 1}.00,USD,"${one.replaceAll("\"", "\"\"")}","${lines[index + 60].replaceAll("\"", "\"\"")}",t${index}`).join("\n")}` }, "Read it");
  await harmless(olga, "/office/receipts");
  await olga.goto("/office/experts/import");
  await olga.locator("main [name=table]").fill(`email,name,headline,about,skills,languages,time_zone\n${lines.slice(0, 20).map((one, index) => `x${index}@demo.example,"${one.slice(0, 90).replaceAll("\"", "\"\"")}","${lines[index + 40].slice(0, 90).replaceAll("\"", "\"\"")}","${lines[index + 80].replaceAll("\"", "\"\"")}",Python:3,English,Europe/Berlin`).join("\n")}`);
  await olga.getByRole("button", { name: "Look at it" }).click();
  await harmless(olga);

  // programs' own
  const proveClara = await secondFactor(clara);
  await proveClara();
  for (let more = 0; more < 8; more += 1) await send(clara, "/me/tokens", { label: line(78) }, /Make/);
  await clara.goto("/me/webhooks");
  await clara.locator("main [name=url]").fill("https://example.org/\"><img src=x onerror=alert(1)>?javascript:alert(1)");
  await clara.locator("main form button.button").first().click();
  await harmless(clara);

  // every page that shows any of it, to whoever may see it
  const pages = {
    clara: ["/", "/me", "/me/account", "/requests", request, talk, contract, "/contracts", "/balance", "/statements", "/me/tokens", "/me/webhooks", "/terms", "/privacy", "/imprint", emilPage, "/experts", `/experts?q=${encodeURIComponent(lines[3])}`],
    emil: ["/me", "/me/expert-profile", "/requests", request, talk, contract, "/contracts", "/balance", "/statements", emilPage],
    olga: ["/office", "/office/log", "/office/people", `/office/people/${me}`, "/office/holds", "/office/vetting", "/office/requests", requestPage, "/office/receipts", "/office/motions", "/office/letters", "/office/jobs", "/office/events", "/office/ledger"],
    stranger: ["/", "/terms", "/privacy", "/imprint", "/experts", emilPage, "/sign-in", `/sign-in?to=${encodeURIComponent("javascript:alert(1)")}`, request, talk, `/experts?q=${encodeURIComponent(lines[8])}&skill=${encodeURIComponent(lines[9])}`, `/${encodeURIComponent(lines[0])}`, `/requests/new?role=${encodeURIComponent(lines[1])}`],
  };
  for (const [who, page] of Object.entries({ clara, emil, olga, stranger })) for (const path of pages[who]) await harmless(page, path);
  await harmless(stranger, "/terms", plain);

  // tables: a cell that a spreadsheet would compute begins with a quote; files are handed out to be kept, not opened
  for (const page of [clara, emil]) {
    const csv = await (await page.request.get("/statements.csv?from=2020-01-01&to=2100-01-01")).text();
    const cells = csv.split("\n").flatMap((row) => row.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? []).map((cell) => cell.replace(/,$/, "").replace(/^"/, ""));
    assert.deepEqual(cells.filter((cell) => /^[=+@\t\r]|^-(?!\d+$)/.test(cell)), [], "formulas");
  }
  await emil.goto(talk);
  const addresses = await emil.locator("main a[href^='/files/']").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  assert.ok(addresses.length >= 40, `${addresses.length} files`);
  for (const address of addresses.slice(0, 40)) {
    const answer = await emil.request.get(address);
    const head = answer.headers();
    assert.match(head["content-disposition"], /^attachment; filename="[\x20-\x7e]*"/, address);
    assert.doesNotMatch(head["content-disposition"].replace(/^attachment; filename="[^"]*"/, ""), /[<>"\r\n]/);
    assert.match(head["content-security-policy"], /sandbox/);
    assert.equal(head["x-content-type-options"], "nosniff");
  }

  // letters: what a reader of HTML would show
  const letters = sent.map((text) => text.match(/Content-Type: text\/html[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/)).filter(Boolean);
  assert.ok(letters.length >= 5, `${letters.length} letters`);
  const reader = await person();
  for (const [index, text] of sent.entries()) {
    const head = text.split("\r\n\r\n")[0];
    assert.doesNotMatch(head, /^(Bcc|Set-Cookie|X-Injected):/im);
    const part = text.match(/Content-Type: text\/html[^\r]*\r\n(?:Content-Transfer-Encoding: ([\w-]+)\r\n)?[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/);
    if (!part || index % 3) continue;
    const html = part[1] === "base64" ? Buffer.from(part[2], "base64").toString("utf8") : part[2].replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
    await reader.setContent(html);
    const acts = (await reader.evaluate(() => [...document.querySelectorAll("script, iframe, object, embed, img, svg, form, base, link")].map((element) => element.outerHTML)));
    assert.deepEqual(acts, [], html);
    assert.deepEqual(reader.complaints, []);
  }
});

test("the watch over the pages sees what would act", async () => {
  const page = await person();
  const acting = ["<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<script>alert(1)</script>", "<iframe srcdoc=x></iframe>", "<img src=https://evil.example/i.png>", "<b style=color:red>x</b>"];
  for (const html of acting) {
    await page.route("**/licences", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replace("</main>", `${html}</main>`) });
    });
    await assert.rejects(harmless(page, "/licences"), html);
    await page.unroute("**/licences");
    page.complaints.length = 0;
  }
  await harmless(page, "/licences");
});
