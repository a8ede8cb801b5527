// SPDX-License-Identifier: Apache-2.0
// Two sorts of plot as SVG text: curves over people on logarithmic axes, and bars in groups. Readable on light and dark.

const kWidth = 760;
const kHeight = 420;
const kLeft = 56;
const kRight = 230; // the legend's
const kTop = 56;
const kBottom = 44;
const kBarHeight = 16;
const kInk = "#57606a";
const kGrid = "#8c959f55";
/** By peer, so that one has the same colour in every plot. */
const kColors = {
  limit: "#8c959f",
  weft: "#0969da",
  "bun-publish": "#bf8700",
  "bun-redis": "#cf222e",
  nchan: "#1a7f37",
  socketio: "#6e7781",
  "y-websocket": "#8250df",
  hocuspocus: "#bc4c00",
  tldraw: "#1b7c83",
  "tldraw-sqlite": "#4d2d00",
};

const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const color = (peer) => kColors[peer] ?? kInk;
const unique = (values) => [...new Set(values)];
const short = (value) => (value < 0.1 ? value.toFixed(3) : value < 10 ? value.toFixed(2) : value.toFixed(0));
const at = (value) => value.toFixed(1);

function text(x, y, words, more = "") {
  return `<text x="${at(x)}" y="${at(y)}" fill="${kInk}" ${more}>${escaped(words)}</text>`;
}

function svg(width, height, title, parts) {
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`;
  return `${open}\n<title>${escaped(title)}</title>\n${text(16, 22, title, 'font-size="14" font-weight="bold"')}\n${parts.join("\n")}\n</svg>\n`;
}

/** From a value's logarithm to a place between two ends. */
function logScale(least, most, from, to) {
  const low = Math.log10(least);
  const span = Math.log10(most) - low || 1;
  return (value) => from + ((Math.log10(value) - low) / span) * (to - from);
}

/** The powers of ten around the values. */
function decades(values) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  return Array.from({ length: Math.max(high, low + 1) - low + 1 }, (_, i) => 10 ** (low + i));
}

/** One line for each peer over the sizes of a room. Hollow: not all arrived, or the generator was full. */
export function curves(rows, { title, x, y, figure = "us_per_delivery" }) {
  const sizes = unique(rows.map((row) => row.people)).sort((a, b) => a - b);
  const marks = decades(rows.map((row) => row.median[figure]));
  const placeX = logScale(sizes[0], sizes.at(-1), kLeft, kWidth - kRight);
  const placeY = logScale(marks[0], marks.at(-1), kHeight - kBottom, kTop);
  const parts = [];
  for (const mark of marks) {
    parts.push(`<path d="M${kLeft} ${at(placeY(mark))}H${kWidth - kRight}" stroke="${kGrid}"/>`);
    parts.push(text(kLeft - 6, placeY(mark) + 4, mark, 'text-anchor="end"'));
  }
  for (const size of sizes) parts.push(text(placeX(size), kHeight - kBottom + 18, size, 'text-anchor="middle"'));
  parts.push(text((kLeft + kWidth - kRight) / 2, kHeight - 8, x, 'text-anchor="middle"'), text(16, kTop - 14, y));
  unique(rows.map((row) => row.peer)).forEach((peer, i) => {
    const own = rows.filter((row) => row.peer === peer).sort((a, b) => a.people - b.people);
    const points = own.map((row) => [placeX(row.people), placeY(row.median[figure]), row]);
    const width = peer === "weft" ? 3 : 1.5;
    parts.push(`<path d="M${points.map(([px, py]) => `${at(px)} ${at(py)}`).join("L")}" fill="none" stroke="${color(peer)}" stroke-width="${width}"/>`);
    for (const [px, py, row] of points) {
      const isWhole = row.median.delivered_share >= 0.95 && !row.median.generator_limited;
      const fill = isWhole ? color(peer) : "none";
      parts.push(`<circle cx="${at(px)}" cy="${at(py)}" r="3.5" fill="${fill}" stroke="${color(peer)}"/>`);
    }
    const legendY = kTop + 10 + i * 20;
    parts.push(`<path d="M${kWidth - kRight + 16} ${legendY - 4}h18" stroke="${color(peer)}" stroke-width="${width}"/>`);
    parts.push(text(kWidth - kRight + 40, legendY, own[0].peer_title));
  });
  parts.push(text(kWidth - kRight + 16, kHeight - kBottom, "hollow: under 95 % arrived, or generator full", 'font-size="11"'));
  return svg(kWidth, kHeight, title, parts);
}

/**
 * A group for each workload, a bar for each peer, the shortest first. Pale: not all was delivered. Where less than half
 * was, the cost of what arrived would only stretch the scale, and there is no bar.
 */
export function bars(rows, { title }) {
  const hasBar = (row) => row.median.delivered_share >= 0.5;
  const most = Math.max(...rows.filter(hasBar).map((row) => row.median.us_per_delivery));
  const left = 240;
  const parts = [];
  let y = kTop - 8;
  for (const workload of unique(rows.map((row) => row.workload))) {
    const own = rows.filter((row) => row.workload === workload);
    own.sort((a, b) => hasBar(b) - hasBar(a) || a.median.us_per_delivery - b.median.us_per_delivery);
    parts.push(text(16, y + 12, own[0].title, 'font-weight="bold"'));
    y += 22;
    for (const row of own) {
      const { us_per_delivery: us, delivered_share: share } = row.median;
      const width = hasBar(row) ? Math.max(1, (us / most) * (kWidth - left - 150)) : 0;
      const arrived = share < 0.95 ? `${Math.round(share * 100)} % arrived` : "";
      parts.push(text(left - 8, y + 12, row.peer_title, 'text-anchor="end"'));
      parts.push(`<rect x="${left}" y="${y}" width="${at(width)}" height="${kBarHeight - 2}" fill="${color(row.peer)}" fill-opacity="${arrived ? 0.4 : 1}"/>`);
      const words = [hasBar(row) ? short(us) : "only", arrived].filter(Boolean);
      parts.push(text(left + width + 6, y + 12, words.join(hasBar(row) ? ", " : " ")));
      y += kBarHeight + 3;
    }
    y += 12;
  }
  return svg(kWidth, y, title, parts);
}
