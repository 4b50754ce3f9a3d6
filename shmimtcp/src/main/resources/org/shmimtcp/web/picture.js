'use strict';
// Parses a frame from the server and draws it. Row 0 is at the bottom, as in FITS viewers.

const MAPS = {
  grey: [[0, 0, 0], [255, 255, 255]],
  viridis: [[68, 1, 84], [72, 36, 117], [65, 68, 135], [53, 95, 141], [42, 120, 142], [33, 145, 140], [34, 168, 132], [68, 191, 112], [122, 209, 81], [189, 223, 38], [253, 231, 37]],
  inferno: [[0, 0, 4], [31, 12, 72], [85, 15, 109], [136, 34, 106], [186, 54, 85], [227, 89, 51], [249, 140, 10], [249, 201, 50], [252, 255, 164]],
  diverging: [[156, 210, 255], [60, 130, 220], [26, 62, 120], [16, 16, 20], [122, 46, 20], [220, 106, 36], [255, 200, 120]],
};
const NOT_FINITE = 0xffb03090; // purple; pixels are ABGR

/** 256 colours, as 32-bit words of an ImageData. */
function colorTable(name) {
  const anchors = MAPS[name];
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const at = i * (anchors.length - 1) / 255;
    const low = Math.min(Math.floor(at), anchors.length - 2);
    const mix = c => Math.round(anchors[low][c] + (at - low) * (anchors[low + 1][c] - anchors[low][c]));
    table[i] = (0xff000000 | mix(2) << 16 | mix(1) << 8 | mix(0)) >>> 0;
  }
  return table;
}

/** Parses the server's answer: the length of the head, the head, the cells. */
function parseFrame(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const count = head.columns * head.rows;
  head.cells = head.bytes === 4 ? new Float32Array(buffer, 4 + length, count) : new Float64Array(buffer, 4 + length, count);
  return head;
}

/** Returns the values of the first and the last colour: those that were set, otherwise the frame's. */
function limits(frame, stretch, map, cuts) {
  const own = ownLimits(frame, stretch, map);
  return [cuts.low ?? own[0], cuts.high ?? own[1]];
}
function ownLimits(frame, stretch, map) {
  const n = frame.numbers;
  let low = n ? (stretch === 'zscale' ? n.low : n.min) : null;
  let high = n ? (stretch === 'zscale' ? n.high : n.max) : null;
  if (low == null || high == null) return [0, 0];
  if (map === 'diverging') {
    high = Math.max(Math.abs(low), Math.abs(high));
    low = -high;
  }
  return [low, high];
}

/** Maps 0…1 to 0…1. log spans three decades, on both sides of the middle if the middle is zero. */
function stretched(t, stretch, diverging) {
  t = Math.min(1, Math.max(0, t));
  if (stretch !== 'log') return t;
  const log = u => Math.log1p(1000 * u) / Math.log1p(1000);
  if (!diverging) return log(t);
  return t >= 0.5 ? 0.5 + log(2 * t - 1) / 2 : 0.5 - log(1 - 2 * t) / 2;
}

/** Draws each cell as one dot of a canvas, with the first row at the bottom. */
function drawCells(frame, canvas, stretch, map, cuts) {
  const {columns, rows, cells} = frame;
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  const dots = new Uint32Array(image.data.buffer);
  const table = colorTable(map);
  const [low, high] = limits(frame, stretch, map, cuts);
  const diverging = map === 'diverging';
  const levels = new Uint8Array(1025).map((_, i) => Math.round(255 * stretched(i / 1024, stretch, diverging)));
  for (let y = 0; y < rows; y++) {
    const to = (rows - 1 - y) * columns;
    for (let x = 0; x < columns; x++) {
      const value = cells[y * columns + x];
      // Halved, because the difference of two finite numbers may be infinite.
      const t = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
      dots[to + x] = Number.isFinite(value) ? table[levels[Math.round(1024 * Math.min(1, Math.max(0, t)))]] : NOT_FINITE;
    }
  }
  canvas.getContext('2d').putImageData(image, 0, 0);
}

/** Draws the colours from low to high. */
function drawBar(canvas, map) {
  const image = new ImageData(256, 1);
  new Uint32Array(image.data.buffer).set(colorTable(map));
  canvas.getContext('2d').putImageData(image, 0, 0);
}
