// A sitting that has not begun: once it does, this address is its live page.

import { connect } from "./live_connection.js";

const page = JSON.parse(document.querySelector("#page").textContent);

connect(page.live, {
  sitting(sitting) {
    if (sitting.state !== "planned") location.reload();
  },
});
