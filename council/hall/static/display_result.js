// The wall's results: of a vote by name with its roll, of a secret ballot with its totals.

import { timeOf } from "./clock.js";
import { candidateLines, drawBar, drawCheckpoint, rollLines, tallyLines } from "./display_draw.js";
import { pageAt, rollLayout } from "./display_state.js";
import { byId, element, setHidden, setNodes, setText } from "./element.js";
import { fitBox, fitLine, fitLines, fitNames, fitTitle } from "./fit.js";
import { bound, inTwo, ofTexts, ofVotes, say } from "./words.js";

export function showResult(state, now, zone) {
  const { vote } = state;
  const { result } = vote;
  const time = timeOf(vote.closed_at, zone);
  const head = vote.item === null ? say("result_head_only", { n: vote.n, time }) : say("result_head", { item: vote.item, n: vote.n, time });
  showHead(vote.label ? `${head} · ${bound(ofTexts(vote.label))}` : head, vote.title);
  showVerdict(ofTexts(result.verdict), ofTexts(result.reason));
  const counts = result.counts ?? [];
  const barred = counts.length === 0 && !ofVotes(vote.requirement); // of votes no line stands among the seats
  setHidden(byId("bar"), !barred);
  setHidden(byId("bar-label"), !barred);
  if (barred) drawBar(byId("bar"), byId("bar-label"), result.tally, vote.requirement);
  setText(byId("result-label"), vote.exception ? bound(say("exception_result")) : "");
  const counted = setNodes(byId("tally"), JSON.stringify([result.tally, counts]), () => [
    ...(counts.length ? candidateLines(vote.candidates, counts, result.chosen) : []),
    ...tallyLines(result.tally, counts),
  ]);
  byId("tally").classList.toggle("of-candidates", counts.length > 0);
  drawCheckpoint(byId("result-checkpoint"), state.closed_checkpoint, "closed_utc");
  setHidden(byId("roll"), false);
  setHidden(byId("totals"), true);
  if (counted) fitTally();
  showRoll(state.roll, vote, now);
}

/** A secret ballot: the counting commission's totals; there are no names to show. */
export function showSecret(secret, zone) {
  const time = timeOf(secret.at, zone);
  showHead(say(secret.item === null ? "secret_head_only" : "secret_head", { item: secret.item, n: secret.n, time }), secret.title);
  showVerdict(ofTexts(secret.verdict), ofTexts(secret.reason));
  setHidden(byId("bar"), true);
  setHidden(byId("bar-label"), true);
  setText(byId("result-label"), bound(ofTexts(secret.ground)));
  setNodes(byId("tally"), "", () => []);
  drawCheckpoint(byId("result-checkpoint"), null, "closed_utc");
  setText(byId("page-no"), "");
  setHidden(byId("roll"), true);
  setHidden(byId("totals"), Boolean(secret.void_reason));
  const { issued, found, invalid, against, abstain, candidates, counts, chosen } = secret;
  const votes = new Map(counts);
  const options = candidates.length
    ? candidates.map(({ candidate, name }) => [name, votes.get(candidate) ?? 0, candidate === chosen])
    : [[say("option_for"), secret.for, false]];
  const lines = [
    ...options,
    ...(candidates.length ? [] : [[say("option_against"), against, false]]),
    ...(candidates.length && abstain === 0 ? [] : [[say("option_abstain"), abstain, false]]),
    [say("invalid"), invalid, false],
    [say("found"), found, false],
    [say("issued"), issued, false],
  ];
  setNodes(byId("totals"), JSON.stringify(lines), () =>
    lines.map(([name, n, isChosen]) =>
      element("div", isChosen ? "total is-chosen" : "total", element("dt", "", name), element("dd", "", String(n))),
    ),
  );
}

function showHead(head, title) {
  setText(byId("result-head"), head);
  if (setText(byId("result-title"), bound(title))) fitTitle(byId("result-title"));
}

function showVerdict(verdict, reason) {
  if (setText(byId("verdict"), verdict)) fitLine(byId("verdict"), 0.3);
  setNodes(byId("reason"), reason, () => {
    const [first, rest] = inTwo(reason);
    const [bold, ...after] = first.split(",");
    const strong = element("span", "reason-first", element("b", "", bold), bound(after.length ? `,${after.join(",")}` : ""));
    return [strong, element("span", "reason-rest", bound(rest))];
  });
}

function showRoll(lines, vote, now) {
  const { columns, rows, pages } = rollLayout(lines.length);
  const shown = pageAt(pages, vote.closed_at, now);
  const standing = pages === 1 ? lines : lines.slice(shown * columns * rows, (shown + 1) * columns * rows);
  const roll = byId("roll");
  roll.className = `roll has-${columns}`;
  roll.style.setProperty("--rows", String(rows));
  const renewed = setNodes(roll, JSON.stringify(standing), () => rollLines(standing));
  if (renewed) fitNames([...roll.querySelectorAll(".roll-name")]);
  setText(byId("page-no"), pages === 1 ? "" : say("page_of", { page: shown + 1, pages }));
}

function fitTally() {
  const tally = byId("tally");
  if (tally.classList.contains("of-candidates")) fitBox(tally);
  else fitLines(tally, [...tally.querySelectorAll("li > span:not(.unseen)")]);
}

export function refitResult() {
  if (byId("result").hidden) return;
  fitTally();
  fitLine(byId("verdict"), 0.3);
  fitNames([...byId("roll").querySelectorAll(".roll-name")]);
}
