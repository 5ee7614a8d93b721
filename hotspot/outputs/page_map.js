// Draw the areas, the density surface and the ranks on the Folium map.
const folium = document.querySelector('.folium-map');
const map = window[folium.id];
let outlines = null, surface = null, badges = null;
const shapes = new Map();

function pattern(id, paint) {
  return el('svg:pattern', {id: 'hs-' + id, width: 7, height: 7, patternUnits: 'userSpaceOnUse'},
    el('svg:rect', {width: 7, height: 7, fill: '#ffffff'}), paint);
}
function patterns() {
  const line = (path, colour, width) => el('svg:path', {d: path, stroke: colour, 'stroke-width': width, fill: 'none'});
  return el('svg:svg', {width: 0, height: 0, 'aria-hidden': 'true', class: 'hidden'}, el('svg:defs', {},
    pattern('thin', line('M-1,8 L8,-1', '#9aa5af', 0.8)),
    pattern('dots', el('svg:circle', {cx: 3.5, cy: 3.5, r: 1.1, fill: '#5d6975'})),
    pattern('rising', line('M-1,8 L8,-1 M-1,1 L1,-1 M6,8 L8,6', '#333333', 2)),
    pattern('falling', line('M-1,-1 L8,8', '#777777', 1.2)),
    pattern('upright', line('M2,0 V7 M5.5,0 V7', '#8a8a8a', 1.1))));
}

function styleOf(area) {
  if (state.view === 'density') return {fillOpacity: 0, color: '#8795a1', weight: 0.6, opacity: 0.8};
  const name = classOf(area), hidden = state.off.has(name), hatch = hatchOf(name);
  const fill = hatch && !map.options.preferCanvas ? `url(#hs-${hatch})` : colourOf(name);
  const faint = QUIET.has(name) ? 0.55 : 0.9;
  return {fillColor: fill, fillOpacity: hidden ? 0 : faint, color: ABSENT.has(name) ? '#b4bec7' : '#ffffff',
    weight: 0.8, opacity: 1};
}

// A tooltip is a node built from text; Leaflet puts it in as it is.
function tip(area) {
  const rows = SOURCES.map(entry => el('tr', {}, el('td', {}, entry.label), el('td', {}, shownCount(area, entry.id))));
  const said = state.view === 'agreement' ? area.agreement : figures(area, state.source).label;
  return el('div', {}, el('strong', {}, area.name), el('table', {}, rows), said ? el('p', {}, capital(said)) : null);
}

function drawAreas() {
  for (const area of AREAS) {
    const shape = L.geoJSON({type: 'Feature', geometry: area.shape, properties: {}}, {style: () => styleOf(area)});
    shape.bindTooltip(() => tip(area), {sticky: true, className: 'hs-tip', direction: 'top', opacity: 1});
    shape.on('click', () => select(area, false));
    shapes.set(area.id, shape);
  }
  outlines = L.featureGroup([...shapes.values()]).addTo(map);
}

function drawSurface() {
  if (surface) surface.remove();
  surface = null;
  const entry = source();
  if (state.view !== 'density' || !entry || !entry.surface) return;
  surface = L.imageOverlay(entry.surface.png, entry.surface.bounds, {className: 'hs-surface', interactive: false,
    alt: `Density of ${entry.label}`}).addTo(map);
}

function drawBadges() {
  if (badges) badges.remove();
  const top = DATA.order.slice(0, 10).map((at, place) => L.marker(AREAS[at].middle, {keyboard: false,
    title: AREAS[at].name, icon: L.divIcon({className: 'hs-badge', iconSize: [20, 20], html: el('span', {}, String(place + 1))})})
    .on('click', () => select(AREAS[at], false)));
  badges = L.layerGroup(top).addTo(map);
}

function restyle() {
  for (const area of AREAS) shapes.get(area.id).setStyle(styleOf(area));
  // Borders of neighbours overlap: areas that say something go on top, the chosen one above all.
  if (state.view !== 'density') {
    for (const area of AREAS) if (!QUIET.has(classOf(area)) && !ABSENT.has(classOf(area))) shapes.get(area.id).bringToFront();
  }
  if (state.area) shapes.get(state.area.id).setStyle({color: '#17212b', weight: 2.6, opacity: 1}).bringToFront();
  drawSurface();
}

function fit() {
  map.invalidateSize({animate: false});
  map.fitBounds(outlines.getBounds(), {padding: [14, 14], animate: false});
}

function north() {
  const arrow = L.control({position: 'bottomright'});
  arrow.onAdd = () => el('svg:svg', {class: 'hs-north', viewBox: '0 0 24 32', role: 'img', 'aria-label': 'North is up'},
    el('svg:path', {d: 'M12 2 L19 20 L12 16 L5 20 Z', fill: '#17212b'}),
    el('svg:text', {x: 12, y: 31, 'text-anchor': 'middle', 'font-size': 10, 'font-weight': 700}, 'N'));
  return arrow;
}
