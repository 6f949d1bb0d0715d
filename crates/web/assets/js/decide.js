// Gives each weight of a decision its slider, and the link that invites its button. Without this script the numbers do.

for (const row of document.querySelectorAll(".weigh-row")) {
  const slider = row.querySelector("[data-slider]");
  const number = row.querySelector("[data-number]");
  if (!slider || !number) continue;
  slider.hidden = false;
  slider.addEventListener("input", () => {
    number.value = String(Math.round(slider.valueAsNumber * 10) / 10);
  });
  number.addEventListener("input", () => {
    if (Number.isFinite(number.valueAsNumber)) slider.value = String(Math.min(number.valueAsNumber, 100));
  });
}

const invite = document.querySelector("[data-invite]");
const copy = document.querySelector("[data-copy]");
if (invite && copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(invite.value);
    copy.textContent = "Copied";
  });
}
