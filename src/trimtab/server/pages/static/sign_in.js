// Takes the code of a one-time link from the address into its field, and out of the address.
"use strict";
const code = location.hash.slice(1);
if (/^[A-Za-z0-9_-]{43}$/.test(code)) {
  history.replaceState(null, "", location.pathname);
  document.getElementById("link").value = code;
  const page = document.querySelector("main");
  page.insertBefore(document.getElementById("by-code"), document.getElementById("by-password"));
  document.getElementById("new").focus();
}
