
"use strict";
const byId = (id) => document.getElementById(id);
const rows = [...document.querySelectorAll("tr.request")];
const fileOf = (row) => row.parentElement.querySelector("tr.file");
const texts = rows.map((row) => (row.textContent + " " + fileOf(row).textContent).toLowerCase());
function filter() {
  const wanted = byId("text").value.trim().toLowerCase();
  const kind = byId("kind").value;
  let shown = 0;
  rows.forEach((row, index) => {
    const fits = texts[index].includes(wanted) && (kind === "" || row.querySelector("td." + kind) !== null);
    row.hidden = !fits;
    shown += fits ? 1 : 0;
  });
  for (const file of document.querySelectorAll("tr.file")) {
    file.hidden = [...file.parentElement.querySelectorAll("tr.request")].every((row) => row.hidden);
  }
  byId("count").textContent = shown + " of " + rows.length + " requests";
}
byId("filter").addEventListener("submit", (event) => event.preventDefault());
byId("text").addEventListener("input", filter);
byId("kind").addEventListener("change", filter);
byId("open").addEventListener("click", () => {
  const details = [...document.querySelectorAll("tr.request:not([hidden]) details")];
  const open = details.some((one) => !one.open);
  for (const one of details) { one.open = open; }
  byId("open").textContent = open ? "Close all details" : "Open all details";
});
filter();
