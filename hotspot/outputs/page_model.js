// What the page knows, and how it names and colours it. Values come from the data block and reach the page as text.
const DATA = JSON.parse(document.getElementById('hotspot-data').textContent);
const META = DATA.meta, SOURCES = DATA.sources, AREAS = DATA.areas, PALETTES = DATA.palettes;
const SVG = 'http://www.w3.org/2000/svg';
const VIEWS = {clusters: 'Clusters', value: 'Rate', density: 'Density', agreement: 'Agreement'};
const MEANINGS = {
  'High-High': 'High, and so are its neighbours', 'High-Low': 'High among low neighbours',
  'Low-High': 'Low among high neighbours', 'Low-Low': 'Low, and so are its neighbours',
  'Not significant': 'No more than chance gives', 'No data': 'The source does not cover it, or sent nothing',
  'Suppressed': 'Hidden to protect people', 'No neighbours': 'Cannot be compared', 'Undefined': 'All values are equal',
  'both': 'High for the police and for health', 'police only': 'High for the police, not for health',
  'health only': 'High for health, not for the police', 'neither': 'High for neither', 'not covered': 'Not compared',
};
const QUIET = new Set(['Not significant', 'neither']);
const ABSENT = new Set([...PALETTES.absent, 'not covered']);
const state = {source: SOURCES.length ? SOURCES[0].id : null, view: null, area: null, palette: 'standard', off: new Set()};

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

const number = value => value.toLocaleString('en-GB');
const source = () => SOURCES.find(entry => entry.id === state.source);
const figures = (area, id) => area.by[id] || {};
const capital = text => text.charAt(0).toUpperCase() + text.slice(1);

// A hidden figure is a star, an absent one a dash: never 0.
function shownCount(area, id) {
  const found = figures(area, id);
  if (found.hidden) return '*';
  if (found.n !== undefined) return number(found.n);
  return found.rate !== undefined ? `${found.rate}/1,000` : '–';
}
function shownRate(area, id) {
  const found = figures(area, id);
  if (found.hidden) return '*';
  return found.rate === undefined ? '–' : String(found.rate);
}
const total = entry => entry.total === null ? '–' : number(entry.total) + (entry.atLeast ? '+' : '');

function viewsOf(entry) {
  const found = [];
  if (entry.hasClusters) found.push('clusters');
  found.push('value');
  if (entry.surface) found.push('density');
  if (META.agreement) found.push('agreement');
  return found;
}
state.view = SOURCES.length ? viewsOf(SOURCES[0])[0] : 'value';

// Name the class of an area in the view at hand.
function classOf(area) {
  if (state.view === 'agreement') return area.agreement || 'not covered';
  const entry = source(), found = figures(area, state.source);
  if (state.view === 'clusters') return found.label || 'No data';
  if (found.hidden) return 'Suppressed';
  const value = found[entry.value];
  if (value === undefined) return 'No data';
  return 'class ' + entry.breaks.filter(limit => value >= limit).length;
}

// List the classes of the view in their fixed order, so that a missing one changes no colour.
function classes() {
  if (state.view === 'agreement') return [...Object.keys(PALETTES.agreement), 'Suppressed'];
  if (state.view === 'clusters') return [...Object.keys(PALETTES.clusters.standard), ...PALETTES.absent];
  const entry = source();
  return [...Array(entry.breaks.length + 1).keys()].map(at => 'class ' + at).concat(['No data', 'Suppressed']);
}
function rangeText(limits, at) {
  if (!limits.length) return 'all';
  if (at === 0) return `under ${limits[0]}`;
  return at === limits.length ? `${limits[at - 1]} and more` : `${limits[at - 1]} to ${limits[at]}`;
}
function className(name) {
  const match = /^class (\d+)$/.exec(name);
  return match ? rangeText(source().breaks, Number(match[1])) : capital(name);
}
function colourOf(name) {
  if (ABSENT.has(name)) return '#ffffff';
  if (state.view === 'agreement') return PALETTES.agreement[name];
  if (state.view === 'clusters') return PALETTES.clusters[state.palette][name];
  const scale = PALETTES.rates[state.palette];
  return scale[Math.min(scale.length - 1, Number(name.slice(6)) + scale.length - 1 - source().breaks.length)];
}

// Name the hatching of a class, or nothing where a plain colour is enough.
function hatchOf(name) {
  if (name === 'Suppressed') return 'dots';
  if (ABSENT.has(name)) return 'thin';
  if (state.palette !== 'grey' || state.view !== 'clusters') return null;
  return {'High-Low': 'rising', 'Low-High': 'falling', 'Low-Low': 'upright'}[name] || null;
}
