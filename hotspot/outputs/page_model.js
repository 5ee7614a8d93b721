// What the page knows, and how it names and colours it. Values come from the data block and reach the page as text.
const DATA = JSON.parse(document.getElementById('hotspot-data').textContent);
// A release without any figures still shows its areas.
const EMPTY = {id: '', label: 'No figures', together: true, total: null, value: 'n', breaks: [], figures: {}, hidden: []};
const META = DATA.meta, LAYERS = DATA.layers.length ? DATA.layers : [EMPTY], AREAS = DATA.areas, PALETTES = DATA.palettes;
const AGENCIES = LAYERS.filter(layer => !layer.together);
const VIEWS = {clusters: 'Clusters', value: 'Rate', density: 'Density', agreement: 'Agreement'};
// What stands beside the police is health, unless the release says that it is something else.
const BESIDE = META.beside_police || 'health';
const MEANINGS = {
  'High-High': 'High, and so are its neighbours', 'High-Low': 'High among low neighbours',
  'Low-High': 'Low among high neighbours', 'Low-Low': 'Low, and so are its neighbours',
  'Not significant': 'No more than chance gives', 'No data': 'The source does not cover it, or sent nothing',
  'Suppressed': 'Hidden to protect people', 'No neighbours': 'Cannot be compared', 'Undefined': 'All values are equal',
  'agree hot': `High for the police and for ${BESIDE}`, 'police only': `High for the police, not for ${BESIDE}`,
  'health only': `High for ${BESIDE}, not for the police`, 'neither': 'High for neither', 'not covered': 'Not compared',
};
const QUIET = new Set(['Not significant', 'neither']);
const ABSENT = new Set([...PALETTES.absent, 'not covered']);
const HATCHES = {
  'High-Low': 'rising', 'Low-High': 'falling', 'Low-Low': 'upright', 'health only': 'rising', 'police only': 'falling',
};
const SVG = 'http://www.w3.org/2000/svg';
const state = {layer: null, view: 'value', area: null, palette: 'standard', off: new Set()};

// Build an element; text children become text nodes, never markup.
function el(tag, attributes, ...children) {
  const node = tag.startsWith('svg:') ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined) continue;
    if (name === 'click') node.addEventListener('click', value);
    else if (name === 'style') Object.assign(node.style, value);
    else node.setAttribute(name, value);
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined));
  return node;
}

// Put the columns of each layer together area by area: figures(area, layer) then is one look-up.
AREAS.forEach((area, at) => {
  area.at = at;
  if (area.name === undefined) area.name = area.id;
});
for (const layer of LAYERS) {
  const columns = Object.entries(layer.figures), hidden = new Set(layer.hidden);
  layer.rows = AREAS.map((_, at) => {
    const known = columns.filter(([, cells]) => cells[at] !== null).map(([name, cells]) => [name, cells[at]]);
    return {...Object.fromEntries(known), hidden: hidden.has(at)};
  });
}
const figures = (area, layer) => layer.rows[area.at];
const valueOf = (area, layer) => figures(area, layer)[layer.value];
const hasClusters = layer => Boolean(layer.figures.label);
state.layer = LAYERS.find(hasClusters) || LAYERS[0];
const hasAgreement = AREAS.some(area => area.agreement);
const hasRanks = AREAS.some(area => area.rank);

const number = value => value.toLocaleString('en-GB');
const decimal = value => value >= 100 ? number(Math.round(value)) : value.toFixed(1);
const capital = text => text.charAt(0).toUpperCase() + text.slice(1);
const kindName = kind => capital(kind === 'health only' ? `${BESIDE} only` : kind);
const chance = value => value < 0.001 ? '< 0.001' : value.toFixed(3);

// A hidden figure is a star, an absent one a dash: never 0.
function shown(found, value, write) {
  if (found.hidden) return '*';
  return value === undefined ? '–' : write(value);
}
const shownCount = (area, layer) => shown(figures(area, layer), figures(area, layer).n, number);
const shownRate = (area, layer) => shown(figures(area, layer), figures(area, layer).rate, decimal);
const countsOf = layer => Boolean(layer.figures.n);
const shownSize = (area, layer) => countsOf(layer) ? shownCount(area, layer) : shownRate(area, layer);
function total(layer) {
  if (layer.total === null) return '–';
  if (layer.atLeast && layer.total === 0) return '*';
  return number(layer.total) + (layer.atLeast ? '+' : '');
}

function viewsOf(layer) {
  const has = {clusters: hasClusters(layer), value: true, density: Boolean(layer.surface), agreement: hasAgreement};
  return Object.keys(VIEWS).filter(view => has[view]);
}
const viewLabel = view => view === 'value' && state.layer.value === 'n' ? 'Count' : VIEWS[view];

// List the areas in the panel: by rank where there is one, else by what is published of the layer at hand.
function ranked() {
  if (hasRanks) return AREAS.filter(area => area.rank).sort((a, b) => a.rank - b.rank).slice(0, 25);
  const known = AREAS.filter(area => valueOf(area, state.layer) !== undefined && !figures(area, state.layer).hidden);
  return known.sort((a, b) => valueOf(b, state.layer) - valueOf(a, state.layer)).slice(0, 25);
}

// Name the class of an area in the view at hand.
function classOf(area) {
  if (state.view === 'agreement') return area.agreement || 'not covered';
  const found = figures(area, state.layer);
  if (state.view === 'clusters') return found.label || (found.hidden ? 'Suppressed' : 'No data');
  if (found.hidden) return 'Suppressed';
  const value = found[state.layer.value];
  return value === undefined ? 'No data' : 'class ' + state.layer.breaks.filter(limit => value >= limit).length;
}

// List the classes of the view in their fixed order, so that a missing one changes no colour.
function classes() {
  if (state.view === 'agreement') return [...Object.keys(PALETTES.agreement.standard), 'Suppressed'];
  if (state.view === 'clusters') return [...Object.keys(PALETTES.clusters.standard), ...PALETTES.absent];
  return [...Array(state.layer.breaks.length + 1).keys()].map(at => 'class ' + at).concat(['No data', 'Suppressed']);
}
function rangeText(limits, at) {
  if (!limits.length) return 'All';
  if (at === 0) return `Under ${limits[0]}`;
  return at === limits.length ? `${limits[at - 1]} and more` : `${limits[at - 1]} to ${limits[at]}`;
}
function className(name) {
  const match = /^class (\d+)$/.exec(name);
  return match ? rangeText(state.layer.breaks, Number(match[1])) : kindName(name);
}
function colourOf(name) {
  if (ABSENT.has(name)) return '#ffffff';
  if (state.view === 'agreement') return PALETTES.agreement[state.palette][name];
  if (state.view === 'clusters') return PALETTES.clusters[state.palette][name];
  const scale = PALETTES.rates[state.palette];
  return scale[Number(name.slice(6)) + scale.length - 1 - state.layer.breaks.length];
}

// Name the hatching of a class, or nothing where a plain colour is enough.
function hatchOf(name) {
  if (name === 'Suppressed') return 'dots';
  if (ABSENT.has(name)) return 'thin';
  return state.palette === 'grey' && HATCHES[name] || null;
}
