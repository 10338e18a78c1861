// Papers open in a tab of their own, as PDF; so does the page of how ready the desks are.

const show = (path) => window.open(path, "_blank", "noopener");

export const sheetOf = (sitting, n) => show(`/papers/${encodeURIComponent(sitting)}/votes/${n}.pdf`);
export const minutesOf = (sitting) => show(`/papers/${encodeURIComponent(sitting)}/minutes.pdf`);
export const readinessOf = (sitting) => show(`/readiness?sitting=${encodeURIComponent(sitting)}`);
