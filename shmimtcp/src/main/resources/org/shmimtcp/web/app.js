'use strict';
// The page: the state that the server sends each second, and the viewer of one stream.

const $ = id => document.getElementById(id);
const root = document.documentElement;
let overview = null;
let lastEventMs = 0;
let chosenLink = null;   // id
let agePlot = null, ratePlot = null, linkPoints = null;
const sparks = new Map(); // id -> [[timeS, p50Us, p99Us]]

// Replaces each character of foreign text that is invisible, changes the writing direction or starts a line.
// The rule is that of PlainText.java; a test compares the two.
const hidden = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}|[\u115f\u1160\u3164\uffa0\u2800\ufffd]/gu;
const plain = text => String(text).replace(hidden, '?');

// ---- readable numbers
const digits = v => v === 0 ? '0' : Math.abs(v) < 9.95 ? v.toFixed(1) : v.toFixed(0);
function duration(s) {
  if (s == null) return '–';
  if (s < 1e-3) return digits(s * 1e6) + ' µs';
  if (s < 1) return digits(s * 1e3) + ' ms';
  if (s < 60) return digits(s) + ' s';
  if (s < 3600) return digits(s / 60) + ' min';
  return s < 86400 ? digits(s / 3600) + ' h' : digits(s / 86400) + ' d';
}
const rate = hz => hz == null ? '–' : digits(hz) + ' Hz';
const micros = us => us == null ? '–' : duration(Math.max(0, us) / 1e6);
function value(v) {
  if (v == null || Number.isNaN(v)) return 'nan';
  const a = Math.abs(v);
  if (Number.isInteger(v) && a < 1e15) return String(v);
  return a >= 1e7 || a < 1e-3 ? v.toExponential(3) : String(Number(v.toPrecision(6)));
}

// ---- light and dark
const remembered = (() => { try { return localStorage.getItem('theme'); } catch { return null; } })();
const light = remembered ? remembered === 'light' : matchMedia('(prefers-color-scheme: light)').matches;
root.classList.toggle('light', light);
$('theme').onclick = () => {
  const now = root.classList.toggle('light');
  try { localStorage.setItem('theme', now ? 'light' : 'dark'); } catch { /* not remembered */ }
  if (chosenLink) openLink(chosenLink);
  viewer.replot();
};
const color = name => getComputedStyle(root).getPropertyValue(name).trim();

// ---- tables, updated in place to keep focus and selection
function fill(table, rows, key, cells) {
  const body = table.tBodies[0];
  const there = new Map([...body.rows].map(r => [r.dataset.key, r]));
  rows.forEach((item, i) => {
    const k = key(item);
    let row = there.get(k);
    if (!row) { row = document.createElement('tr'); row.dataset.key = k; }
    there.delete(k);
    if (body.rows[i] !== row) body.insertBefore(row, body.rows[i] || null);
    cells(item).forEach((c, j) => {
      const cell = row.cells[j] || row.insertCell();
      if (c.node) { if (cell.firstChild !== c.node) cell.replaceChildren(c.node); }
      else if (c.open) {
        let b = cell.firstChild;
        if (!b || b.tagName !== 'BUTTON') { b = document.createElement('button'); b.type = 'button'; b.className = 'open'; cell.replaceChildren(b); }
        if (b.textContent !== plain(c.text)) b.textContent = plain(c.text);
        b.onclick = e => { e.stopPropagation(); c.open(); };
        row.onclick = c.open;
      } else if (cell.textContent !== plain(c.text)) cell.textContent = plain(c.text);
      const cls = c.cls || '';
      if (cell.className !== cls) cell.className = cls;
      if (c.title !== undefined && cell.title !== c.title) cell.title = c.title;
    });
  });
  there.forEach(row => row.remove());
}
const t = (text, cls, title) => ({text: String(text), cls, title});

// ---- links
const MARKS = {good: '● ', warn: '▲ ', bad: '✖ '};
function linkState(link) {
  if (link.ended) return ['bad', 'ended'];
  if (link.hangs) return ['bad', 'hangs'];
  const level = {connected: 'good', publishing: 'good', unused: 'good', paused: 'warn', stalled: 'warn', contested: 'warn'}[link.status.state] || 'bad';
  return [level, link.status.state];
}
const counted = (n, what) => `${n} ${what}${n === 1 ? '' : 's'}`;
function otherEnd(s) {
  if (s.kind === 'pub') return `→ ${counted(s.clients || 0, 'client')} of port ${s.port}`;
  return (s.kind === 'tx' ? '→ ' : '← ') + (s.peer || 'port ' + s.port);
}
function showLinks(now) {
  const alerted = new Set(overview.alerts.filter(a => a.level === 'warning').map(a => a.what));
  fill($('links'), overview.links, l => l.id, l => {
    const s = l.status;
    let [cls, state] = linkState(l);
    if (cls === 'good' && (alerted.has(l.id) || alerted.has(s.stream))) cls = 'warn';
    const dead = l.ended;
    const error = s.lastError ? `${s.lastError} (${duration(Math.max(0, now - s.lastErrorMs) / 1e3)} ago)` : '–';
    return [
      t(MARKS[cls] + state, 'state ' + cls),
      {text: s.stream, open: () => openLink(l.id)},
      t(otherEnd(s), '', {tx: 'transmitter', sub: 'subscription', pub: 'publisher, port ' + s.port}[s.kind] || 'receiver, port ' + s.port),
      t(duration(Math.max(0, now - s.sinceMs) / 1e3), 'n'),
      t(dead ? '–' : rate(s.inPerS), 'n'), t(dead ? '–' : rate(s.outPerS), 'n'),
      t(dead ? '–' : s.megabytesPerS.toFixed(1), 'n'),
      t(dead ? '–' : micros(s.ageP50Us), 'n'), t(dead ? '–' : micros(s.ageP99Us), 'n'),
      t(s.skipped, 'n'), t(s.reconnections, 'n'), t(error, 'error'), {node: spark(l.id)},
    ];
  });
  $('links-count').textContent = overview.links.length || '';
  $('no-links').hidden = overview.links.length > 0;
  $('links').hidden = overview.links.length === 0;
}

// ---- the links of the other hosts, each stream from its source to its copies
function showHosts() {
  const order = r => [r.link ? r.link.status.stream : '\uffff', r.link && r.link.status.kind === 'tx' ? 0 : 1, r.host.role].join('\n');
  const rows = overview.hosts.flatMap(host => host.fault ? [{host}] : host.links.map(link => ({host, link})))
    .sort((a, b) => order(a) < order(b) ? -1 : 1);
  const alerted = new Set(overview.alerts.filter(a => a.level === 'warning').map(a => a.what));
  fill($('hosts'), rows, r => r.host.role + ' ' + (r.link ? r.link.id : ''), ({host, link}) => {
    if (!link) return [t(MARKS.warn + 'no answer', 'state warn'), t('–'), t(host.role), t(''), t(''), t(''), t(''), t(''), t(''), t(''), t(host.fault, 'error')];
    const s = link.status;
    let [cls, state] = linkState(link);
    if (cls === 'good' && (alerted.has(host.role + ' ' + link.id) || alerted.has(host.role + ' ' + s.stream))) cls = 'warn';
    const dead = link.ended;
    return [
      t(MARKS[cls] + state, 'state ' + cls), t(s.stream), t(host.role, '', s.host), t(otherEnd(s)),
      t(duration(Math.max(0, host.timeMs - s.sinceMs) / 1e3), 'n'),
      t(dead ? '–' : rate(s.inPerS), 'n'), t(dead ? '–' : rate(s.outPerS), 'n'),
      t(dead ? '–' : micros(s.ageP50Us), 'n'), t(dead ? '–' : micros(s.ageP99Us), 'n'), t(s.skipped, 'n'),
      t(s.lastError ? `${s.lastError} (${duration(Math.max(0, host.timeMs - s.lastErrorMs) / 1e3)} ago)` : '–', 'error'),
    ];
  });
  const silent = overview.hosts.filter(h => h.fault).length;
  $('hosts-count').textContent = silent ? `${overview.hosts.length - silent} of ${overview.hosts.length} answer` : overview.hosts.length || '';
  $('hosts-panel').hidden = overview.hosts.length === 0;
}

const SPARK_S = 3600, SPARK_COLUMNS = 150;
function spark(id) {
  let s = sparks.get(id);
  if (!s) {
    s = {points: [], canvas: document.createElement('canvas')};
    s.canvas.className = 'spark';
    s.canvas.setAttribute('aria-hidden', 'true');
    sparks.set(id, s);
    fetch('/api/history?id=' + encodeURIComponent(id)).then(r => r.ok ? r.json() : null).then(h => {
      if (h) s.points = h.timeS.map((x, i) => [x, h.ageP50Us[i], h.ageP99Us[i]]).concat(s.points.filter(p => p[0] > h.timeS.at(-1)));
    }).catch(() => {});
  }
  return s.canvas;
}
/** Plots both ages over the last hour, or the known part of it. Each column shows the worst of its seconds. The height spans at least two decades. */
function drawSpark(s, nowS) {
  const scale = devicePixelRatio || 1, w = SPARK_COLUMNS * scale, h = 22 * scale;
  if (s.canvas.width !== w) { s.canvas.width = w; s.canvas.height = h; }
  const g = s.canvas.getContext('2d');
  g.clearRect(0, 0, w, h);
  while (s.points.length && nowS - s.points[0][0] >= SPARK_S) s.points.shift();
  const worst = [new Array(SPARK_COLUMNS).fill(null), new Array(SPARK_COLUMNS).fill(null)];
  const spanS = s.points.length ? Math.max(300, nowS - s.points[0][0]) : SPARK_S;
  let low = Infinity, high = -Infinity;
  for (const p of s.points) {
    const column = Math.min(SPARK_COLUMNS - 1, Math.floor(SPARK_COLUMNS * (1 - (nowS - p[0]) / spanS)));
    for (const i of [0, 1]) {
      if (!(p[i + 1] > 0)) continue;
      const log = Math.log10(p[i + 1]);
      if (worst[i][column] == null || log > worst[i][column]) worst[i][column] = log;
      low = Math.min(low, log); high = Math.max(high, log);
    }
  }
  if (low > high) return;
  const middle = (low + high) / 2, half = Math.max(1, (high - low) / 2) * 1.1;
  g.lineWidth = 1.3 * scale;
  worst.forEach((line, i) => {
    g.strokeStyle = color(i ? '--warn' : '--accent');
    g.beginPath();
    let pen = false;
    line.forEach((log, x) => {
      if (log == null) { pen = false; return; }
      const y = h / 2 - (log - middle) / half * h / 2;
      if (!pen) g.moveTo(x * scale, y);
      g.lineTo((x + 1) * scale, y);
      pen = true;
    });
    g.stroke();
  });
}

// ---- plots
function axis(format, size) {
  return {stroke: color('--quiet'), grid: {stroke: color('--line'), width: 1}, ticks: {stroke: color('--line')}, size: size || 62, values: format && ((u, v) => v.map(format))};
}
function plot(box, height, data, series, options) {
  box.replaceChildren();
  return new uPlot(Object.assign({width: Math.max(200, box.clientWidth), height, series, legend: {live: true}, cursor: {drag: {x: true, y: false}}}, options), data, box);
}
const timeAxis = () => Object.assign(axis(s => new Date(s * 1e3).toISOString().slice(11, 19), 34), {space: 80, incrs: [1, 2, 5, 10, 30, 60, 120, 300, 600, 1200]});
const CLOCK = '{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}';

async function openLink(id) {
  chosenLink = id;
  const link = overview && overview.links.find(l => l.id === id);
  if (!link) return;
  $('link-panel').hidden = false;
  const publishes = link.status.kind === 'pub', other = link.status.peer || 'port ' + link.status.port;
  $('link-title').textContent = plain(publishes ? `${link.status.stream} on port ${link.status.port}` : `${link.status.stream} ${link.status.kind === 'tx' ? 'to' : 'from'} ${other}`);
  $('ages').hidden = publishes || link.status.kind === 'sub';
  $('viewers').hidden = !publishes;
  const answer = await fetch('/api/history?id=' + encodeURIComponent(id));
  if (!answer.ok || chosenLink !== id) return;
  linkPoints = await answer.json();
  linkPoints.lastS = linkPoints.timeS.at(-1) || 0;
  const line = (label, name) => ({label, stroke: color(name), width: 1.5, spanGaps: false});
  const logAxis = axis(us => us == null ? '' : micros(us));
  const zone = {tzDate: ts => uPlot.tzDate(new Date(ts * 1e3), 'UTC')};
  const time = {label: 'UTC', value: CLOCK};
  agePlot = plot($('age-plot'), 190, ageData(), [time,
    Object.assign(line('p50', '--accent'), {value: (u, v) => micros(v)}), Object.assign(line('p99', '--warn'), {value: (u, v) => micros(v)})],
    Object.assign({scales: {y: {distr: 3}}, axes: [timeAxis(), logAxis]}, zone));
  ratePlot = plot($('rate-plot'), 150, rateData(), [time, line('in', '--warn'), line('out', '--accent')],
    Object.assign({axes: [timeAxis(), axis(v => v == null ? '' : String(v))]}, zone));
  linkFacts(link);
  showViews(link);
}
const positive = v => v == null ? null : Math.max(v, 0.1);
const ageData = () => [linkPoints.timeS, linkPoints.ageP50Us.map(positive), linkPoints.ageP99Us.map(positive)];
const rateData = () => [linkPoints.timeS, linkPoints.inPerS, linkPoints.outPerS];
function linkFacts(link) {
  const s = link.status;
  const middle = us => { const known = us.filter(v => v != null).sort((a, b) => a - b); return known.length ? known[known.length >> 1] : null; };
  const worst = linkPoints.ageP99Us.reduce((a, b) => Math.max(a, b ?? 0), 0);
  $('age-hour').textContent = worst ? `median second: p50 ${micros(middle(linkPoints.ageP50Us))}, p99 ${micros(middle(linkPoints.ageP99Us))}; worst p99 ${micros(worst)}` : '';
  $('link-facts').textContent = [
    `wire ${s.wire || 'unknown'}${s.tls ? ', TLS' : ''}`, `${s.framesOut} frames`, `${s.repeated} repeated`, `${s.damaged} damaged`, `${s.refused} refused`,
    s.clockOffsetUs == null ? '' : `clock offset ${value(s.clockOffsetUs)} ± ${value(s.clockErrorUs)} µs`,
    s.clients == null ? '' : counted(s.clients, 'client'),
    s.roundTripUs == null ? '' : `round trip ${micros(s.roundTripUs)}`, `process ${s.pid}`, `version ${s.version}`].filter(x => x).join(' · ');
}
/** What a publisher's clients view. */
function showViews(link) {
  fill($('views'), link.status.views || [], v => v.client + ' ' + v.stream, v => [t(v.client), t(v.stream), t(rate(v.perS), 'n')]);
}
function followLink(nowS) {
  if (!chosenLink || !linkPoints || !agePlot) return;
  const link = overview.links.find(l => l.id === chosenLink);
  if (!link) { closeLink(); return; }
  linkFacts(link);
  showViews(link);
  if (nowS <= linkPoints.lastS) return;
  linkPoints.lastS = nowS;
  const s = link.status, silent = link.ended || link.hangs;
  const put = (name, v) => linkPoints[name].push(silent || v === undefined ? null : v);
  linkPoints.timeS.push(nowS);
  put('ageP50Us', s.ageP50Us); put('ageP99Us', s.ageP99Us); put('inPerS', s.inPerS); put('outPerS', s.outPerS);
  if (linkPoints.timeS.length > 3600) for (const a of ['timeS', 'ageP50Us', 'ageP99Us', 'inPerS', 'outPerS']) linkPoints[a].shift();
  agePlot.setData(ageData());
  ratePlot.setData(rateData());
}
new ResizeObserver(() => {
  if (agePlot) agePlot.setSize({width: Math.max(200, $('age-plot').clientWidth), height: 190});
  if (ratePlot) ratePlot.setSize({width: Math.max(200, $('rate-plot').clientWidth), height: 150});
}).observe($('lists'));
function closeLink() {
  chosenLink = null; linkPoints = null; agePlot = null; ratePlot = null;
  $('link-panel').hidden = true;
}
$('link-close').onclick = closeLink;

// ---- streams
function showStreams() {
  const wanted = $('filter').value.trim().toLowerCase();
  const shown = overview.streams.filter(s => s.name.toLowerCase().includes(wanted));
  fill($('streams'), shown, s => s.name, s => s.fault
    ? [t(s.name), t(''), t(''), t(''), t(''), t(''), t(s.fault, 'error bad'), t('')]
    : [{text: s.alias ? `${s.name} → ${s.alias}` : s.name, open: () => { location.hash = '#' + encodeURIComponent(s.name); }},
      t(s.size, 'n'), t(s.type), t(rate(s.rateHz), 'n'), t(s.cnt0 === 0 && s.ageS == null ? 'never' : duration(s.ageS), 'n'), t(s.cnt0, 'n'),
      t(s.writers.join(', ') || '–'), t(s.waiters.join(', ') || '–')]);
  $('streams-count').textContent = shown.length === overview.streams.length ? shown.length || '' : `${shown.length} of ${overview.streams.length}`;
  $('no-streams').hidden = overview.streams.length > 0;
  $('no-streams').textContent = plain(overview.trouble || `No stream in ${overview.directory}.`);
  for (const row of $('streams').tBodies[0].rows) row.classList.toggle('chosen', row.dataset.key === viewer.name);
}
$('filter').oninput = () => overview && showStreams();

// ---- alerts, readable across a room
function showAlerts(alerts) {
  const box = $('alerts');
  const text = alerts.map(a => a.level + a.text).join('\n');
  if (box.dataset.text === text) return;
  box.dataset.text = text;
  const shown = alerts.length > 6 ? [...alerts.slice(0, 5), {level: alerts[5].level, text: `and ${alerts.length - 5} more`}] : alerts;
  box.classList.toggle('many', shown.length > 2);
  box.replaceChildren(...shown.map(a => {
    const line = document.createElement('div');
    line.className = a.level;
    line.textContent = (a.level === 'critical' ? '✖ ' : '▲ ') + plain(a.text);
    return line;
  }));
  const critical = alerts.filter(a => a.level === 'critical').length;
  document.title = (critical ? `✖ ${critical} · ` : alerts.length ? '▲ · ' : '') + 'shmimTCP ' + (overview ? overview.host : '');
}

function show(next) {
  overview = next;
  lastEventMs = Date.now();
  const nowS = Math.floor(next.timeMs / 1e3);
  $('host').textContent = plain(next.host);
  $('directory').textContent = plain(next.directory);
  $('clock').textContent = new Date(next.timeMs).toISOString().slice(0, 19).replace('T', ' ') + ' UTC';
  for (const l of next.links) {
    spark(l.id);
    const silent = l.ended || l.hangs;
    sparks.get(l.id).points.push([nowS, silent ? null : l.status.ageP50Us, silent ? null : l.status.ageP99Us]);
  }
  for (const id of sparks.keys()) if (!next.links.some(l => l.id === id)) sparks.delete(id);
  showLinks(next.timeMs);
  showHosts();
  showStreams();
  showAlerts(next.trouble ? [{level: 'critical', text: next.trouble}, ...next.alerts] : next.alerts);
  sparks.forEach(s => drawSpark(s, nowS));
  followLink(nowS);
}

const events = new EventSource('/api/events');
events.onmessage = e => show(JSON.parse(e.data));
setInterval(() => {
  const silentS = (Date.now() - lastEventMs) / 1e3;
  const lost = silentS > 4;
  const c = $('connection');
  c.classList.toggle('lost', lost && lastEventMs > 0);
  const text = !lastEventMs ? 'connecting…' : lost ? `no answer from the server for ${duration(silentS)}` : 'live';
  if (c.textContent !== text) c.textContent = text;
}, 500);

// ---- one stream
const viewer = {
  name: null, slice: -1, region: null, frame: null, cross: null, paused: false, token: 0, cuts: {low: null, high: null}, plots: {}, cells: document.createElement('canvas'),

  open(name) {
    this.close();
    this.name = name; this.slice = -1; this.region = null; this.frame = null; this.cross = null;
    this.setCuts(null, null);
    $('viewer').hidden = false;
    document.querySelector('main').classList.add('viewing');
    $('viewer-title').textContent = plain(name);
    $('viewer-state').textContent = 'opening…';
    $('slice').value = -1;
    this.setPaused(false);
    this.run(++this.token);
    this.details(this.token);
    $('picture').focus({preventScroll: true});
  },
  close() {
    this.token++;
    // Return the focus to the row that opened it, for keyboard users.
    const opener = this.name && $('viewer').contains(document.activeElement) && [...$('streams').tBodies[0].rows].find(r => r.dataset.key === this.name);
    if (opener) opener.querySelector('button').focus({preventScroll: true});
    this.name = null;
    this.plots = {};
    for (const id of ['row-plot', 'column-plot', 'histogram']) $(id).replaceChildren();
    $('viewer').hidden = true;
    document.querySelector('main').classList.remove('viewing');
  },

  /** Requests the next frame after this one is drawn, so a slow browser gets fewer. */
  async run(token) {
    let has = 0;
    while (token === this.token) {
      const started = performance.now();
      if (this.paused && this.frame || document.hidden) { await sleep(200); continue; }
      try {
        const r = this.region || {};
        const asked = JSON.stringify([this.region, this.slice]);
        if (asked !== this.asked) { has = 0; this.asked = asked; }
        const query = new URLSearchParams({name: this.name, slice: this.slice, has, cells: Math.min(1024, Math.max(256, $('picture').clientWidth)), ...r});
        const answer = await fetch('/api/frame?' + query);
        if (token !== this.token) return;
        if (answer.status === 200) {
          const frame = parseFrame(await answer.arrayBuffer());
          if (token !== this.token) return;
          has = frame.version;
          this.frame = frame;
          this.draw();
        } else if (answer.status === 204) {
          this.growOld();
        } else {
          $('viewer-state').textContent = plain((await answer.text()).trim());
          await sleep(1000);
        }
      } catch (e) {
        $('viewer-state').textContent = 'no answer: ' + e.message;
        await sleep(1000);
      }
      await sleep(Math.max(0, 66 - (performance.now() - started)));
    }
  },

  /** Updates the rate and the age from the list of streams while no new frame arrives. */
  growOld() {
    const stream = overview && overview.streams.find(s => s.name === this.name);
    if (!stream || !this.frame) return;
    Object.assign(this.frame, {rateHz: stream.rateHz, ageS: stream.ageS, trouble: stream.fault || this.frame.trouble});
    this.draw();
  },

  async details(token) {
    while (token === this.token) {
      try {
        const answer = await fetch('/api/details?name=' + encodeURIComponent(this.name));
        if (answer.ok && token === this.token) {
          const d = await answer.json();
          fill($('keywords'), d.keywords, k => k.name, k => [t(k.name), t(k.value), t(k.comment)]);
          $('keywords-count').textContent = `${d.keywords.length} of ${d.keywordSlots} in use`;
        }
      } catch { /* retried below */ }
      await sleep(2000);
    }
  },

  draw() {
    const f = this.frame;
    if (!f) return;
    const n = f.numbers;
    facts($('viewer-state'), [['', `${f.nx}${f.ny > 1 ? '×' + f.ny : ''}${f.slices > 1 ? '×' + f.slices : ''} ${f.type}`], ['cnt0', f.cnt0], ['', rate(f.rateHz)], ['age', f.cnt0 === 0 ? 'never' : duration(f.ageS)],
      f.trouble ? ['', f.trouble] : f.busy ? ['', 'busy: no complete frame could be read'] : null, f.step > 1 ? ['', `each dot: mean of ${f.step}×${f.step}`] : null]);
    if (n) {
      facts($('numbers'), [['min', value(n.min)], ['max', value(n.max)], ['mean', value(n.mean)], ['rms', value(n.rms)], n.nonfinite ? ['not finite', n.nonfinite] : null]);
      const map = $('map').value, stretch = $('stretch').value;
      drawCells(f, this.cells, stretch, map, this.cuts);
      drawBar($('bar'), map);
      const [low, high] = limits(f, stretch, map, this.cuts);
      $('low').placeholder = value(low); $('high').placeholder = value(high);
      for (const id of ['low', 'high']) $(id).setAttribute('aria-invalid', low > high);
    }
    const slices = f.slices > 1;
    $('slice-box').hidden = !slices;
    if (slices) { $('slice').max = f.slices - 1; $('slice-value').textContent = this.slice < 0 ? 'newest' : this.slice; }
    this.paint();
    this.plotCuts();
  },

  /** Draws the cells, centred and with square pixels, and the cross. */
  paint() {
    const f = this.frame, canvas = $('picture');
    if (!f || !f.columns) return;
    const dpr = devicePixelRatio || 1, w = Math.round(canvas.clientWidth * dpr), h = Math.round(canvas.clientHeight * dpr);
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    const g = canvas.getContext('2d');
    g.fillStyle = '#000'; g.fillRect(0, 0, w, h);
    g.imageSmoothingEnabled = false;
    // A single row is shown as a band.
    const tall = f.ny === 1 ? Math.max(1, f.width / 8) : f.height;
    const k = Math.min(w / f.width, h / tall);
    this.place = {x: (w - f.width * k) / 2, y: (h - tall * k) / 2, kx: k, ky: k * tall / f.height, h: tall * k, dpr};
    g.drawImage(this.cells, this.place.x, this.place.y, f.columns * f.step * k, f.rows * f.step * this.place.ky);
    if (this.cross) {
      const cx = this.place.x + (this.cross.x - f.x + 0.5) * this.place.kx, cy = this.place.y + this.place.h - (this.cross.y - f.y + 0.5) * this.place.ky;
      for (const [style, width] of [['#000', 3 * dpr], ['#fff', dpr]]) {
        g.strokeStyle = style; g.lineWidth = width; g.beginPath();
        for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) { g.moveTo(cx + dx * 6 * dpr, cy + dy * 6 * dpr); g.lineTo(cx + dx * 16 * dpr, cy + dy * 16 * dpr); }
        g.stroke();
      }
    }
    this.showPixel();
  },

  pixelAt(event) {
    const f = this.frame, p = this.place;
    if (!f || !p) return null;
    const box = $('picture').getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) * p.dpr - p.x) / p.kx) + f.x;
    const y = Math.floor((p.y + p.h - (event.clientY - box.top) * p.dpr) / p.ky) + f.y;
    return x >= f.x && y >= f.y && x < f.x + f.width && y < f.y + f.height ? {x, y} : null;
  },
  cellAt(at) {
    const f = this.frame;
    const c = Math.floor((at.x - f.x) / f.step), r = Math.floor((at.y - f.y) / f.step);
    return c < 0 || r < 0 || c >= f.columns || r >= f.rows ? null : {c, r, value: f.cells[r * f.columns + c]};
  },
  showPixel() {
    const at = this.pointer || this.cross;
    const cell = at && this.frame && this.frame.columns ? this.cellAt(at) : null;
    $('pixel').textContent = cell ? `pixel ${at.x}, ${at.y} = ${value(cell.value)}${this.frame.step > 1 ? ` (mean of ${this.frame.step}×${this.frame.step}; zoom in for the pixel)` : ''}` : 'point at a pixel';
  },

  plotCuts() {
    const f = this.frame, now = performance.now();
    if (!f || !f.numbers || now - (this.plottedMs || 0) < 150) return;
    this.plottedMs = now;
    const at = this.cross || {x: f.x + (f.width >> 1), y: f.y + (f.height >> 1)};
    const cell = this.cellAt(at);
    if (!cell) return;
    const finite = v => Number.isFinite(v) ? v : null;
    const row = [Array.from({length: f.columns}, (_, i) => f.x + i * f.step), Array.from({length: f.columns}, (_, i) => finite(f.cells[cell.r * f.columns + i]))];
    const column = [Array.from({length: f.rows}, (_, i) => f.y + i * f.step), Array.from({length: f.rows}, (_, i) => finite(f.cells[i * f.columns + cell.c]))];
    $('cut-row').textContent = 'y = ' + at.y; $('cut-column').textContent = 'x = ' + at.x;
    this.plotInto('row-plot', row, '--accent');
    this.plotInto('column-plot', column, '--accent');
    const n = f.numbers, bins = n.histogram.length, width = (n.max - n.min) / bins || 1;
    this.plotInto('histogram', [n.histogram.map((_, i) => n.min + (i + 0.5) * width), n.histogram], '--good', true);
  },
  plotInto(id, data, stroke, filled) {
    const there = this.plots[id];
    if (there) { there.setData(data); return; }
    const series = {stroke: color(stroke), width: 1.5, points: {show: false}};
    if (filled) { series.fill = color(stroke) + '55'; series.paths = uPlot.paths.stepped({align: 0}); }
    this.plots[id] = plot($(id), 130, data, [{}, series], {legend: {show: false}, scales: {x: {time: false}}, axes: [axis(v => v == null ? '' : value(v), 30), axis(v => v == null ? '' : value(v), 64)]});
  },
  replot() { this.plots = {}; this.plottedMs = 0; this.plotCuts(); },

  /** Sets the values of the first and the last colour; null to follow each frame. */
  setCuts(low, high) {
    this.cuts = {low, high};
    $('low').value = low == null ? '' : value(low);
    $('high').value = high == null ? '' : value(high);
    $('fix').setAttribute('aria-pressed', low != null || high != null);
    this.draw();
  },
  /** Fixes the current values, or follows the frames again. */
  toggleCuts() {
    if (!this.frame || !this.frame.numbers) return;
    if (this.cuts.low != null || this.cuts.high != null) this.setCuts(null, null);
    else this.setCuts(...limits(this.frame, $('stretch').value, $('map').value, this.cuts));
  },

  setPaused(paused) {
    this.paused = paused;
    $('pause').setAttribute('aria-pressed', paused);
  },
  /** Zooms by a factor around a pixel. */
  zoom(factor, about) {
    const f = this.frame;
    if (!f) return;
    const at = about || this.cross || {x: f.x + f.width / 2, y: f.y + f.height / 2};
    const width = Math.min(f.nx, Math.max(4, Math.round(f.width / factor))), height = Math.min(f.ny, Math.max(f.ny === 1 ? 1 : 4, Math.round(f.height / factor)));
    const x = Math.round(at.x - (at.x - f.x) * width / f.width), y = Math.round(at.y - (at.y - f.y) * height / f.height);
    this.show({x, y, width, height});
  },
  show(r) {
    const f = this.frame;
    if (r) {
      r.x = Math.min(Math.max(0, r.x), f.nx - r.width);
      r.y = Math.min(Math.max(0, r.y), f.ny - r.height);
      if (r.width >= f.nx && r.height >= f.ny) r = null;
    }
    this.region = r;
    if (this.paused) this.setPaused(false);
  },
  move(dx, dy) {
    const f = this.frame;
    if (!f) return;
    const at = this.cross || {x: f.x + (f.width >> 1), y: f.y + (f.height >> 1)};
    this.cross = {x: Math.min(f.nx - 1, Math.max(0, at.x + dx)), y: Math.min(f.ny - 1, Math.max(0, at.y + dy))};
    this.pointer = null;
    this.plottedMs = 0;
    this.paint(); this.plotCuts();
  },
  setSlice(n) {
    if (!this.frame || this.frame.slices < 2) return;
    this.slice = Math.min(this.frame.slices - 1, Math.max(-1, n));
    $('slice').value = this.slice;
    if (this.paused) this.setPaused(false);
  },
};
const sleep = ms => new Promise(done => setTimeout(done, ms));
function facts(box, pairs) {
  box.replaceChildren(...pairs.filter(p => p).map(([name, text]) => {
    const span = document.createElement('span'), b = document.createElement('b');
    b.textContent = text;
    span.append(name ? name + ' ' : '', b);
    return span;
  }));
}
const cycle = id => { const s = $(id); s.selectedIndex = (s.selectedIndex + 1) % s.options.length; viewer.draw(); };
$('stretch').onchange = $('map').onchange = () => viewer.draw();
$('zoom-in').onclick = () => viewer.zoom(2);
$('zoom-out').onclick = () => viewer.zoom(0.5);
$('zoom-all').onclick = () => viewer.frame && viewer.show(null);
$('pause').onclick = () => viewer.setPaused(!viewer.paused);
const typedCut = id => { const text = $(id).value.trim(), number = Number(text); return text === '' || !Number.isFinite(number) ? null : number; };
$('low').onchange = $('high').onchange = () => viewer.setCuts(typedCut('low'), typedCut('high'));
$('fix').onclick = () => viewer.toggleCuts();
$('slice').oninput = e => viewer.setSlice(Number(e.target.value));
$('viewer-close').onclick = () => { location.hash = ''; };

const picture = $('picture');
let drag = null;
picture.addEventListener('wheel', e => { e.preventDefault(); viewer.zoom(e.deltaY < 0 ? 1.5 : 1 / 1.5, viewer.pixelAt(e)); }, {passive: false});
picture.onpointerdown = e => { const f = viewer.frame; if (f) { drag = {x: e.clientX, y: e.clientY, region: {x: f.x, y: f.y, width: f.width, height: f.height}, moved: false}; picture.setPointerCapture(e.pointerId); } };
picture.onpointermove = e => {
  if (drag && viewer.region && viewer.place) {
    const p = viewer.place, dx = (e.clientX - drag.x) * p.dpr / p.kx, dy = (e.clientY - drag.y) * p.dpr / p.ky;
    if (Math.hypot(e.clientX - drag.x, e.clientY - drag.y) > 4) { drag.moved = true; viewer.show({...drag.region, x: Math.round(drag.region.x - dx), y: Math.round(drag.region.y + dy)}); }
  }
  viewer.pointer = viewer.pixelAt(e);
  viewer.showPixel();
};
picture.onpointerup = e => { if (drag && !drag.moved) { const at = viewer.pixelAt(e); if (at) { viewer.cross = at; viewer.plottedMs = 0; viewer.paint(); viewer.plotCuts(); } } drag = null; };
picture.onpointerleave = () => { viewer.pointer = null; viewer.showPixel(); };
addEventListener('resize', () => { viewer.paint(); viewer.replot(); });

addEventListener('keydown', e => {
  if (e.ctrlKey || e.altKey || e.metaKey) return;
  if (e.key === '/' && e.target.tagName !== 'INPUT') { e.preventDefault(); $('filter').focus(); return; }
  if (e.key === 'Escape') { if (viewer.name) location.hash = ''; else closeLink(); return; }
  const typing = e.target.tagName === 'INPUT' || e.target.tagName === 'SELECT';
  if (!viewer.name || typing) return;
  const step = e.shiftKey ? 10 : 1;
  const onButton = e.target.tagName === 'BUTTON';
  const keys = {
    ArrowLeft: () => viewer.move(-step, 0), ArrowRight: () => viewer.move(step, 0), ArrowUp: () => viewer.move(0, step), ArrowDown: () => viewer.move(0, -step),
    '+': () => viewer.zoom(2), '=': () => viewer.zoom(2), '-': () => viewer.zoom(0.5), '0': () => viewer.frame && viewer.show(null),
    s: () => cycle('stretch'), c: () => cycle('map'), f: () => viewer.toggleCuts(), '[': () => viewer.setSlice(viewer.slice - 1), ']': () => viewer.setSlice(viewer.slice + 1),
  };
  if (!onButton) keys[' '] = () => viewer.setPaused(!viewer.paused);
  const act = keys[e.key];
  if (act) { e.preventDefault(); act(); }
});

function fromHash() {
  let name = '';
  try { name = decodeURIComponent(location.hash.slice(1)); } catch { /* not a stream name */ }
  if (name && name !== viewer.name) viewer.open(name);
  else if (!name && viewer.name) viewer.close();
}
addEventListener('hashchange', fromHash);
fromHash();
