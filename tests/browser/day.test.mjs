// An operator's day, its other half: a payout that waits because its provider does not say what it can move, stopped and let go
// on with reasons; and a letter that no server took, sent again once its cause is mended.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { arrived, assertBooks, balance, comeIn, said, secondFactor } from "./people.mjs";
import { look, open } from "./site.mjs";

let site, post, olga, prove;

/** A mail server that refuses whom it is told to, and keeps the letters of the others. */
async function mailServer() {
  const kept = { refuses: "", letters: [] };
  const server = createServer((socket) => {
    let rest = "", letter;
    socket.on("error", () => {});
    socket.write("220 test\r\n");
    socket.on("data", (chunk) => {
      rest += chunk.toString("utf8");
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (letter && line !== ".") {
          letter.text += `${line}\n`;
          continue;
        }
        const [word, to] = [line.split(/[ :]/)[0], line.match(/^RCPT TO:<(.*)>/)?.[1]];
        const no = to && kept.refuses === to;
        if (to) kept.to = to;
        if (line === "." && letter) kept.letters.push(letter);
        letter = word === "DATA" ? { to: kept.to, text: "" } : undefined;
        socket.write(no ? "550 nobody of that name\r\n" : { DATA: "354 go on\r\n", QUIT: "221 bye\r\n" }[word] ?? "250 ok\r\n");
        if (word === "QUIT") socket.end();
      }
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { kept, port: server.address().port, close: () => server.close() };
}

/** A port that nobody listens on, for a site whose address must be known before it starts. */
async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

before(async () => {
  post = await mailServer();
  const here = `127.0.0.1:${await freePort()}`;
  const mail = ["--mail-host", "127.0.0.1", "--mail-port", String(post.port), "--mail-security", "none", "--mail-from", "desk@hire.example"];
  site = await open({ flags: ["--demo", "--listen", here, "--base-url", `http://${here}`, ...mail] });
  olga = await comeIn(site, /Olga/);
  prove = await secondFactor(olga);
});
after(async () => {
  await site.close();
  post.close();
});

/** How many things wait in a queue of the office. */
async function waiting(queue) {
  await olga.goto("/office");
  return Number(await olga.getByRole("row", { name: queue }).locator("td").first().innerText());
}

const decide = async () => {
  await olga.locator("main form button.button").first().click();
  await olga.waitForLoadState();
  assert.equal(await olga.locator(".error-summary").count(), 0, await said(olga));
};

test("a payout that waits is stopped with a reason, and let go on", async () => {
  const PAYOUTS = "Payouts that wait or did not arrive";
  const emil = await comeIn(site, /Emil/);
  await (await secondFactor(emil))();
  const provider = await site.page({ watch: false });
  await provider.goto(site.printed().match(/http:\/\/\S+\/control/)[0]);
  await provider.getByLabel("What goes wrong").selectOption("fail");
  await provider.getByLabel("On which call or event").selectOption("balance");
  await provider.getByLabel("How often").fill("500");
  await provider.getByRole("button", { name: "Arm this fault" }).click();

  const had = (await balance(emil)).payable;
  await emil.goto("/payouts/new");
  await emil.getByLabel("How much").fill("1,000.00");
  await emil.getByRole("button", { name: "Pay out" }).click();
  await prove();
  assert.equal(await waiting(PAYOUTS), 1);
  await olga.getByRole("link", { name: PAYOUTS }).click();
  await look(olga, "payouts-waiting");
  await olga.getByRole("link", { name: "$1,000.00" }).click();
  await olga.getByLabel(/^Stop it/).check();
  await olga.getByLabel("Why", { exact: true }).fill("The provider does not say what it holds; we ask them first.");
  await olga.getByLabel(/days/i).last().fill("2");
  await look(olga, "payout-decision");
  await decide();
  await emil.goto("/balance");
  assert.match(await said(emil), /\$1,000\.00\s+held until \d+ \w+ \d{4}, \d\d:\d\d UTC at the latest, then it goes on: The provider does not say what it holds; we ask them first\./);
  await look(emil, "balance-payout-stopped");
  await emil.goto("/me/audit");
  assert.match(await said(emil), /we ask them first/);

  await provider.getByRole("button", { name: "Take all away" }).click();
  await olga.goto("/office/payouts");
  await olga.getByRole("link", { name: "$1,000.00" }).click();
  await olga.getByLabel("Let it go on").check();
  await decide();
  await arrived(emil, "/balance", /\$1,000\.00\s+(paid|on its way|sent)/);
  assert.equal((await balance(emil)).payable, had - 100_000, "once");
  await assertBooks(olga);
});

test("a letter that was given up is sent again", async () => {
  // somebody to whom nothing else is written
  const nora = "nora@new.example";
  const LETTERS = "Letters that were given up";
  post.kept.refuses = nora;
  const asking = await site.page();
  await asking.goto("/sign-in");
  await asking.getByLabel("Your e-mail address").first().fill(nora);
  await asking.getByRole("button", { name: "Send me a link" }).click();
  await arrived(olga, "/office/letters", /nobody of that name/);
  assert.equal(await waiting(LETTERS), 1);
  await olga.getByRole("link", { name: LETTERS }).click();
  await look(olga, "letters-given-up");
  assert.doesNotMatch(await olga.content(), /sign-in\/[0-9a-z]{20}/, "what opens an account is not shown");
  post.kept.refuses = "";
  await olga.getByRole("button", { name: "Send it again" }).click();
  await arrived(olga, "/office/letters", /None\./);
  for (let round = 0; round < 60 && !post.kept.letters.some(({ to }) => to === nora); round += 1) await olga.waitForTimeout(150);
  const came = post.kept.letters.filter(({ to, text }) => to === nora && /Subject: Sign in to/.test(text));
  assert.equal(came.length, 1, "once");
  assert.equal(await waiting(LETTERS), 0);
});
