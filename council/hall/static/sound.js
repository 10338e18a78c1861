// Two sounds, made here: a gong at a vote's opening and closing, two notes for a fault. A browser that was never
// touched stays silent (a wall screen is started with autoplay allowed); nothing depends on them.

let context = null;

function tone(frequency, from, length, loudness) {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  const start = context.currentTime + from;
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0.0001, start);
  gain.gain.exponentialRampToValueAtTime(loudness, start + 0.01);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + length);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + length);
}

function play(...tones) {
  context ??= new AudioContext();
  if (context.state === "running") tones.forEach((one) => tone(...one));
  else context.resume().catch(() => {});
}

export const gong = () => play([220, 0, 2.5, 0.4], [440, 0, 1.6, 0.2], [607, 0, 1.1, 0.1]);
export const twoNotes = () => play([659, 0, 0.35, 0.25], [523, 0.3, 0.5, 0.25]);
