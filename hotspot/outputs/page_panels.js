// The panels: switches, ranked list, legend, card, and the list that is printed.
const parts = {views: el('div', {class: 'seg', role: 'group', 'aria-label': 'The map shows'}),
  layers: el('div', {class: 'seg', role: 'group', 'aria-label': 'Source'}), list: el('ol', {class: 'hs-ol'}),
  listHead: el('div', {class: 'list-head'}), listKey: el('div', {class: 'list-key', 'aria-hidden': 'true'}),
  card: el('aside', {class: 'hs-card', 'aria-label': 'Chosen area'}), legend: el('div', {class: 'hs-legend'}),
  chip: el('div', {class: 'hs-chip'}), said: el('div', {class: 'unseen', 'aria-live': 'polite'})};
const dot = colour => el('i', {class: 'dot', style: {background: colour}});
const head = (...labels) => el('thead', {}, el('tr', {}, labels.map(label => el('th', {scope: 'col'}, label))));

function choice(label, on, act, disabled) {
  return el('button', {type: 'button', 'aria-pressed': String(on), click: act, disabled: disabled ? '' : null,
    title: disabled ? 'Not available for this source' : null}, label);
}
// Rebuilding a group of buttons would lose the keyboard's place in it.
function replaceKeepingFocus(parent, nodes) {
  const at = [...parent.children].findIndex(child => child.contains(document.activeElement));
  parent.replaceChildren(...nodes);
  const again = at >= 0 && parent.children[at];
  if (again) (again.matches('button') ? again : again.querySelector('button') || again).focus({preventScroll: true});
}
function drawSwitches() {
  replaceKeepingFocus(parts.layers, LAYERS.map(layer => choice(layer.label, layer === state.layer, () => {
    state.layer = layer;
    if (!viewsOf(layer).includes(state.view)) state.view = viewsOf(layer)[0];
    state.off.clear();
    update();
  })));
  const everyView = Object.keys(VIEWS).filter(view => LAYERS.some(layer => viewsOf(layer).includes(view)));
  replaceKeepingFocus(parts.views, everyView.map(view => choice(viewLabel(view), view === state.view, () => {
    state.view = view;
    state.off.clear();
    update();
  }, !viewsOf(state.layer).includes(view))));
}

function sizeColumn(area, layer, most) {
  const size = countsOf(layer) ? figures(area, layer).n : figures(area, layer).rate;
  const share = size && !figures(area, layer).hidden ? Math.max(4, 100 * size / most) : 0;
  return el('span', {class: 'size', title: `${layer.label}: ${shownSize(area, layer)}`}, el('b', {}, shownSize(area, layer)),
    el('span', {class: 'bar'}, el('i', {style: {width: `${share}%`, background: layer.colour}})));
}
function drawList() {
  const areas = ranked();
  const most = AGENCIES.map(layer => Math.max(1e-9, ...areas.map(area => (countsOf(layer) ? figures(area, layer).n : figures(area, layer).rate) || 0)));
  parts.listHead.replaceChildren(el('h2', {id: 'hs-list', tabindex: '-1'}, hasRanks ? 'Priority areas' : `Highest areas: ${state.layer.label}`),
    el('span', {}, `${number(areas.length)} of ${number(AREAS.length)}`));
  parts.listKey.replaceChildren(...AGENCIES.map(layer => el('span', {}, dot(layer.colour), layer.label, countsOf(layer) ? null : ', per 1,000')));
  replaceKeepingFocus(parts.list, areas.map((area, place) => el('li', {}, el('button', {type: 'button',
    'aria-current': String(state.area === area), click: () => select(area, true)},
  el('span', {class: 'rank'}, String(place + 1)), el('span', {class: 'name'}, area.name),
  el('span', {class: 'sizes'}, AGENCIES.map((layer, at) => sizeColumn(area, layer, most[at])))))));
}

function swatch(name) {
  const hatch = hatchOf(name);
  return el('svg:svg', {viewBox: '0 0 18 12', width: 18, height: 12, 'aria-hidden': 'true'}, el('svg:rect', {x: 0.5, y: 0.5, width: 17, height: 11,
    fill: hatch ? `url(#hs-${hatch})` : colourOf(name), stroke: ABSENT.has(name) || state.palette === 'grey' ? '#8b97a1' : 'none'}));
}
function classRows() {
  const many = new Map();
  for (const area of AREAS) many.set(classOf(area), (many.get(classOf(area)) || 0) + 1);
  const rows = classes().map(name => el('li', {class: many.has(name) ? null : 'none'}, el('button', {type: 'button',
    'aria-pressed': String(!state.off.has(name)), title: MEANINGS[name] || null, click: () => {
      if (!state.off.delete(name)) state.off.add(name);
      update();
    }}, swatch(name), className(name), el('b', {}, number(many.get(name) || 0)))));
  // Nine classes of clusters take two lines: what was found, and why there is nothing to find.
  if (state.view === 'clusters') rows.splice(rows.length - PALETTES.absent.length, 0, el('li', {class: 'turn', 'aria-hidden': 'true'}));
  return rows;
}
const translucent = (colour, share) => colour + Math.round(255 * share).toString(16).padStart(2, '0');
function densityRows() {
  const {breaks} = state.layer.surface, grey = state.palette === 'grey' ? 'grey' : null;
  const rows = [...Array(breaks.length + 1).keys()].map(at => {
    const [background, opacity] = PALETTES.density[at];
    return el('li', {}, el('span', {class: 'key'}, el('i', {class: grey, style: {background: translucent(background, opacity)}}), rangeText(breaks, at)));
  });
  const none = state.layer.exact ? 'None' : 'None, or too few to show';
  return [el('li', {}, el('span', {class: 'key'}, el('i', {}), none)), ...rows];
}
function legendWords() {
  if (state.view === 'agreement') return ['Agreement', 'Who calls it high'];
  if (state.view === 'clusters') return ['Local clusters', 'Against the neighbours'];
  if (state.view === 'value') return state.layer.value === 'n' ? ['Count', 'Records'] : ['Rate', 'Per 1,000 people per year'];
  const {unit, kernel, bandwidth} = state.layer.surface;
  return ['Density', `${capital(unit)}; ${kernel}, ${number(bandwidth)} m`];
}
function drawLegend() {
  const [title, unit] = legendWords();
  const palettes = [['standard', 'Standard'], ['safe', 'Colour-safe'], ['grey', 'Greyscale']];
  const select = el('select', {'aria-label': 'Colours'}, palettes.map(([value, label]) =>
    el('option', {value, selected: state.palette === value ? '' : null}, label)));
  select.addEventListener('change', () => {
    state.palette = select.value;
    update();
    parts.legend.querySelector('select').focus();
  });
  const old = parts.legend.querySelector('ul'), list = old || el('ul', {});
  replaceKeepingFocus(list, state.view === 'density' ? densityRows() : classRows());
  const words = el('div', {class: 'head'}, el('h2', {}, title), el('p', {}, unit));
  if (old) {
    parts.legend.firstChild.replaceWith(words);
    parts.legend.lastChild.replaceWith(select);
  } else parts.legend.append(words, list, select);
}

const anyCounts = LAYERS.some(countsOf), records = anyCounts ? ['Records'] : [];
function tag(name) {
  const colour = PALETTES.agreement.standard[name] || PALETTES.clusters.standard[name] || '#ffffff';
  return el('span', {class: 'tag', title: MEANINGS[name] || null}, dot(colour), kindName(name));
}
function areaRow(area, layer) {
  const found = figures(area, layer);
  const limits = found.hidden || found.low === undefined ? null : el('small', {}, `${decimal(found.low)} to ${decimal(found.high)}`);
  return el('tr', {}, el('th', {scope: 'row'}, dot(layer.colour), layer.label),
    anyCounts ? el('td', {}, shownCount(area, layer)) : null, el('td', {}, shownRate(area, layer), limits));
}
function clusterRow(area, layer) {
  const {label, p, q} = figures(area, layer);
  const tests = [p === undefined ? null : `p ${chance(p)}`, q === undefined || q === p ? null : `q ${chance(q)}`].filter(Boolean);
  return el('li', {}, el('span', {}, layer.label), el('span', {}, tag(label), el('small', {}, tests.join(', '))));
}
function areaCard(area) {
  const labelled = LAYERS.filter(layer => figures(area, layer).label);
  const place = area.rank ? `Priority ${number(area.rank)}` + (area.score === undefined ? '' : `, score ${area.score}`) : null;
  const notes = [
    LAYERS.some(layer => figures(area, layer).hidden) ? '* hidden to protect people' : null,
    LAYERS.some(layer => figures(area, layer).low !== undefined) ? 'Below each rate: its 95 % limits.' : null,
    LAYERS.some(layer => figures(area, layer).q !== undefined) ? 'q: p after correction for the number of areas.' : null];
  return [el('h2', {}, area.name),
    el('p', {class: 'sub'}, area.id === area.name ? '' : area.id, area.people === undefined ? '' : ` · ${number(area.people)} residents`),
    place ? el('p', {class: 'sub'}, place) : null,
    el('table', {}, head('Source', ...records, 'Per 1,000 a year'), el('tbody', {}, LAYERS.map(layer => areaRow(area, layer)))),
    labelled.length ? el('h3', {}, 'Among its neighbours') : null,
    labelled.length ? el('ul', {class: 'labels'}, labelled.map(layer => clusterRow(area, layer))) : null,
    area.agreement ? el('p', {class: 'pair'}, `Police and ${BESIDE}: `, tag(area.agreement)) : null,
    el('p', {class: 'fine'}, notes.filter(Boolean).join('. ').replace('..', '.')),
    el('button', {type: 'button', class: 'plain', click: () => select(null, true)}, 'Show the whole area')];
}

function agreementBar() {
  const kinds = ['agree hot', 'police only', 'health only'].map(name => [name, AREAS.filter(area => area.agreement === name)]);
  if (!kinds.some(([, areas]) => areas.length)) return [el('p', {class: 'fine'}, 'Neither is high anywhere.')];
  const colours = PALETTES.agreement[state.palette];
  return [el('div', {class: 'shares', role: 'img', 'aria-label': kinds.map(([name, areas]) => `${kindName(name)} ${areas.length}`).join(', ')},
    kinds.map(([name, areas]) => el('span', {style: {flex: String(areas.length), background: colours[name]}}))),
  el('p', {class: 'shares-key'}, kinds.map(([name, areas]) => el('span', {title: MEANINGS[name]}, dot(colours[name]), `${kindName(name)} ${number(areas.length)}`)))];
}
function healthOnly(areas) {
  const rows = areas.slice(0, 6).map(area => el('li', {}, el('button', {type: 'button', click: () => select(area, true)}, area.name)));
  const more = areas.length > 6 ? el('p', {class: 'fine'}, `and ${number(areas.length - 6)} more in the view Agreement`) : null;
  return el('div', {class: 'screen'}, el('h3', {}, MEANINGS['health only']), el('ul', {class: 'places'}, rows), more);
}
function wholeCard() {
  const high = layer => hasClusters(layer) ? number(AREAS.filter(area => figures(area, layer).label === 'High-High').length) : '–';
  const only = AREAS.filter(area => area.agreement === 'health only');
  return [el('h2', {}, 'Whole area'), el('p', {class: 'sub screen'}, 'Choose an area on the map or in the list.'),
    el('table', {}, head('Source', ...records, 'High-High areas'), el('tbody', {}, LAYERS.map(layer =>
      el('tr', {}, el('th', {scope: 'row'}, dot(layer.colour), layer.label), anyCounts ? el('td', {}, total(layer)) : null, el('td', {}, high(layer)))))),
    LAYERS.some(layer => layer.atLeast && layer.total !== null) ? el('p', {class: 'fine'}, '+ at least: hidden counts are left out') : null,
    hasAgreement ? el('h3', {}, `Do police and ${BESIDE} agree?`) : null, hasAgreement ? agreementBar() : null,
    only.length ? healthOnly(only) : null].flat();
}

// On paper the list on the left is gone; the ranked places stand above what the card says instead.
function printedList() {
  const layers = AGENCIES.length ? AGENCIES : LAYERS;
  const withRate = layers.length < 4 && countsOf(state.layer) && Boolean(state.layer.figures.rate);
  const rows = ranked().slice(0, 15).map((area, place) => el('tr', {}, el('th', {scope: 'row'}, el('b', {}, String(place + 1)), area.name),
    layers.map(layer => el('td', {}, shownSize(area, layer))), withRate ? el('td', {}, shownRate(area, state.layer)) : null));
  const rate = withRate ? [`${state.layer.label} per 1,000`] : [];
  return el('div', {class: 'paper'}, el('h2', {}, parts.listHead.firstChild.textContent),
    el('table', {}, head('Area', ...layers.map(layer => layer.label), ...rate), el('tbody', {}, rows)));
}
function drawCard() {
  const card = state.area ? areaCard(state.area) : wholeCard();
  parts.card.replaceChildren(...card.filter(Boolean), printedList());
}
