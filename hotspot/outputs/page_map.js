// Draw the areas, the density surface and the ranks on the Folium map.
const folium = document.querySelector('.folium-map');
const map = window[folium.id];
const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
const shapes = [];
const borders = AREAS.length > 1500 ? 0.35 : AREAS.length > 400 ? 0.55 : 0.8;
let outlines = null, surface = null, badges = null, ring = null;

// The strokes of each hatching on a tile of 7 by 7: path, colour, width.
const STROKES = {
  thin: ['M-1,8 L8,-1 M-1,1 L1,-1 M6,8 L8,6', '#a9b3bc', 0.9], dots: ['M3.5,2.4 V4.6 M2.4,3.5 H4.6', '#6b7782', 1.2],
  rising: ['M-1,8 L8,-1 M-1,1 L1,-1 M6,8 L8,6', '#333333', 2.2], falling: ['M-1,-1 L8,8 M6,-1 L8,1 M-1,6 L1,8', '#777777', 1.2],
  upright: ['M2,-1 V8 M5.5,-1 V8', '#8a8a8a', 1.1],
};
function patterns() {
  const tiles = Object.entries(STROKES).map(([name, [path, colour, width]]) =>
    el('svg:pattern', {id: 'hs-' + name, width: 7, height: 7, patternUnits: 'userSpaceOnUse'},
      el('svg:rect', {width: 7, height: 7, fill: '#ffffff'}),
      el('svg:path', {d: path, stroke: colour, 'stroke-width': width, fill: 'none'})));
  return el('svg:svg', {width: 0, height: 0, 'aria-hidden': 'true', class: 'hidden'}, el('svg:defs', {}, tiles));
}
// A canvas, which draws large maps, takes a pattern object where SVG takes a reference to one.
const tiles = {};
function canvasTile(name) {
  if (tiles[name]) return tiles[name];
  const [path, colour, width] = STROKES[name], tile = el('canvas', {width: 7, height: 7}), pen = tile.getContext('2d');
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, 0, 7, 7);
  Object.assign(pen, {strokeStyle: colour, lineWidth: width});
  pen.stroke(new Path2D(path));
  return tiles[name] = pen.createPattern(tile, 'repeat');
}

function styleOf(area) {
  if (state.view === 'density') return {fillColor: '#ffffff', fillOpacity: 0, color: '#74838f', weight: 0.5, opacity: 0.7};
  const name = classOf(area), hatch = hatchOf(name);
  const fill = !hatch ? colourOf(name) : map.options.preferCanvas ? canvasTile(hatch) : `url(#hs-${hatch})`;
  const faint = QUIET.has(name) ? 0.55 : 0.88;
  return {fillColor: fill, fillOpacity: state.off.has(name) ? 0 : faint, color: ABSENT.has(name) ? '#b4bec7' : '#ffffff',
    weight: borders, opacity: 1};
}

const TIP = {className: 'hs-tip', direction: 'top', opacity: 1};
// A tooltip is a node built from text; Leaflet puts it in as it is.
function tip(area) {
  const rows = AGENCIES.map(layer => el('tr', {}, el('td', {}, layer.label), el('td', {},
    countsOf(layer) ? shownCount(area, layer) : `${shownRate(area, layer)} per 1,000`)));
  const found = figures(area, state.layer);
  const rate = found.rate === undefined || !countsOf(state.layer) ? null
    : el('tr', {}, el('td', {}, `${state.layer.label}, per 1,000`), el('td', {}, decimal(found.rate)));
  const said = state.view === 'agreement' ? area.agreement : found.label;
  return el('div', {}, el('strong', {}, area.name), el('table', {}, rows, rate), said ? el('p', {}, kindName(said)) : null);
}

function drawAreas() {
  for (const area of AREAS) {
    const shape = L.polygon(area.shape, {...styleOf(area), smoothFactor: 0.5});
    shape.bindTooltip(() => tip(area), {...TIP, sticky: true});
    shape.on({click: () => select(area, false), mouseover: () => outline(area), mouseout: () => outline(state.area)});
    shapes.push(shape);
  }
  outlines = L.featureGroup(shapes).addTo(map);
  map.createPane('hs-ring').style.zIndex = 450;
  map.getPane('hs-ring').style.pointerEvents = 'none';
}

// Mark one area by a line of its own, so that no area has to be restyled or moved for it.
function outline(area) {
  if (ring) ring.remove();
  ring = area ? L.polygon(area.shape, {pane: 'hs-ring', renderer: L.svg({pane: 'hs-ring'}), interactive: false, fill: false,
    color: '#17212b', weight: area === state.area ? 2.8 : 1.6}).addTo(map) : null;
}

function drawSurface() {
  if (surface) surface.remove();
  const found = state.view === 'density' && state.layer.surface;
  surface = found ? L.imageOverlay(found.png, found.bounds, {interactive: false, alt: `Density: ${state.layer.label}`,
    className: state.palette === 'grey' ? 'hs-surface grey' : 'hs-surface'}).addTo(map) : null;
}

// Borders of neighbours overlap: areas that say something lie above those that do not.
function restyle() {
  for (const area of AREAS) shapes[area.at].setStyle(styleOf(area));
  if (state.view !== 'density') {
    const loud = AREAS.filter(area => !QUIET.has(classOf(area)) && !ABSENT.has(classOf(area)));
    if (loud.length < AREAS.length / 2) for (const area of loud) shapes[area.at].bringToFront();
  }
  drawSurface();
  outline(state.area);
}

// Join points that lie too close for their badges into groups, and put each group on a ring around its middle.
const APART = 25;
function grouped(points) {
  let groups = points.map(point => ({members: [point], x: point.x, y: point.y, radius: 0}));
  for (let joined = true; joined;) {
    joined = false;
    search: for (const one of groups) for (const other of groups) {
      if (one === other || Math.hypot(one.x - other.x, one.y - other.y) > one.radius + other.radius + APART) continue;
      groups = groups.filter(group => group !== one && group !== other).concat(around([...one.members, ...other.members]));
      joined = true;
      break search;
    }
  }
  return groups;
}
function around(members) {
  const x = members.reduce((sum, point) => sum + point.x, 0) / members.length;
  const y = members.reduce((sum, point) => sum + point.y, 0) / members.length;
  const reach = Math.max(...members.map(point => Math.hypot(point.x - x, point.y - y)));
  return {members, x, y, radius: Math.max(reach + APART * 0.9, members.length * APART / (2 * Math.PI))};
}
function spread(points) {
  for (const group of grouped(points)) {
    const {members, x, y, radius} = group, step = 2 * Math.PI / members.length;
    const turn = point => Math.atan2(point.y - y, point.x - x);
    const order = members.length === 1 ? members : [...members].sort((a, b) => turn(a) - turn(b));
    // Turn the ring so that on the whole the badges lie in the direction of their areas.
    const lean = order.map((point, at) => turn(point) - at * step);
    const start = Math.atan2(lean.reduce((sum, angle) => sum + Math.sin(angle), 0), lean.reduce((sum, angle) => sum + Math.cos(angle), 0));
    order.forEach((point, at) => {
      point.away = radius > 0;
      point.to = radius > 0 ? [x + radius * Math.cos(start + at * step), y + radius * Math.sin(start + at * step)] : [point.x, point.y];
    });
  }
  return points;
}

function drawBadges() {
  if (badges) badges.remove();
  const points = ranked().slice(0, 10).map((area, place) => ({area, place, ...map.latLngToLayerPoint(area.middle)}));
  const paint = {pane: 'hs-ring', renderer: L.svg({pane: 'hs-ring', padding: 0.5}), interactive: false, color: '#17212b'};
  const marks = spread(points).flatMap(({area, place, to, away}) => {
    const icon = L.divIcon({className: area === state.area ? 'hs-badge on' : 'hs-badge', iconSize: [20, 20],
      html: el('span', {}, String(place + 1))});
    const where = map.layerPointToLatLng(to);
    const badge = L.marker(where, {keyboard: false, icon}).on('click', () => select(area, false)).bindTooltip(() => tip(area), TIP);
    return away ? [L.polyline([area.middle, where], {...paint, weight: 1.2}),
      L.circleMarker(area.middle, {...paint, radius: 1.6, fillOpacity: 1}), badge] : [badge];
  });
  badges = L.layerGroup(marks).addTo(map);
}

function fit(bounds) {
  map.invalidateSize({animate: false});
  map.fitBounds(bounds || outlines.getBounds(), {padding: [14, 14], animate: false});
}
function zoomTo(area) {
  const bounds = shapes[area.at].getBounds().pad(1.6);
  if (calm || document.hidden) map.fitBounds(bounds, {animate: false});
  else map.flyToBounds(bounds, {duration: 0.5});
}

function control(position, node) {
  const added = L.control({position});
  added.onAdd = () => {
    L.DomEvent.disableClickPropagation(node);
    return node;
  };
  added.addTo(map);
}
function furnish() {
  control('topleft', el('button', {type: 'button', class: 'hs-whole', title: 'Show the whole area (0)', 'aria-label': 'Show the whole area',
    click: () => select(null, true)}, el('svg:svg', {viewBox: '0 0 16 16', 'aria-hidden': 'true'},
    el('svg:path', {d: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4'}))));
  L.control.scale({position: 'bottomright', maxWidth: 110}).addTo(map);
  control('bottomright', el('svg:svg', {class: 'hs-north', viewBox: '0 0 24 33', role: 'img', 'aria-label': 'North is up'},
    el('svg:path', {d: 'M12 1 L19 20 L12 16 L5 20 Z', fill: '#ffffff', stroke: '#17212b', 'stroke-width': 1.2}),
    el('svg:path', {d: 'M12 1 V16 L5 20 Z', fill: '#17212b'}),
    el('svg:text', {x: 12, y: 32, 'text-anchor': 'middle', 'font-size': 10.5, 'font-weight': 700, fill: '#17212b'}, 'N')));
}
