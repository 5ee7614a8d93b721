// Everything around the map: marking, switches, ranked list, legend, card, footer.
const parts = {views: el('div', {class: 'seg', role: 'group', 'aria-label': 'The map shows'}),
  sources: el('div', {class: 'seg', role: 'group', 'aria-label': 'Source'}), list: el('ol', {class: 'hs-ol'}),
  card: el('aside', {class: 'hs-card', 'aria-label': 'Chosen area'}), legend: el('div', {class: 'hs-legend'}),
  chip: el('div', {class: 'hs-chip'}), said: el('div', {class: 'unseen', 'aria-live': 'polite'})};

function pressed(label, on, act, disabled) {
  return el('button', {type: 'button', 'aria-pressed': String(on), click: act, disabled: disabled ? '' : null}, label);
}
function drawSwitches() {
  parts.sources.replaceChildren(...SOURCES.map(entry => pressed(entry.label, entry.id === state.source, () => {
    state.source = entry.id;
    if (!viewsOf(entry).includes(state.view)) state.view = viewsOf(entry)[0];
    update();
  })));
  const can = viewsOf(source());
  const shown = Object.keys(VIEWS).filter(view => view !== 'agreement' || META.agreement);
  parts.views.replaceChildren(...shown.map(view => pressed(view === 'value' && source().value === 'n' ? 'Count' : VIEWS[view],
    view === state.view, () => { state.view = view; state.off.clear(); update(); }, !can.includes(view))));
}

function bars(area) {
  return el('span', {class: 'bars'}, SOURCES.map(entry => {
    const found = figures(area, entry.id), value = found.n !== undefined ? found.n : found.rate;
    const most = Math.max(...DATA.order.map(at => {
      const other = figures(AREAS[at], entry.id);
      return (other.n !== undefined ? other.n : other.rate) || 0;
    }), 1e-9);
    return el('span', {class: 'bar', title: `${entry.label}: ${shownCount(area, entry.id)}`},
      el('i', {class: found.hidden ? 'star' : null,
        style: {width: `${value ? Math.max(3, 100 * value / most) : 0}%`, background: entry.colour}}));
  }));
}
function drawList() {
  parts.list.replaceChildren(...DATA.order.map((at, place) => {
    const area = AREAS[at];
    const numbers = SOURCES.map(entry => el('span', {}, el('i', {style: {background: entry.colour}}), shownCount(area, entry.id)));
    return el('li', {}, el('button', {type: 'button', 'aria-current': String(state.area === area), click: () => select(area, true)},
      el('span', {class: 'rank'}, String(place + 1)), el('span', {class: 'name'}, area.name),
      el('span', {class: 'numbers'}, numbers), bars(area)));
  }));
}

function swatch(name) {
  const hatch = hatchOf(name);
  return el('svg:svg', {width: 18, height: 12, 'aria-hidden': 'true'}, el('svg:rect', {width: 18, height: 12,
    fill: hatch ? `url(#hs-${hatch})` : colourOf(name), stroke: ABSENT.has(name) ? '#9aa5af' : 'none'}));
}
function drawLegend() {
  const entry = source();
  const units = {clusters: 'Local Moran', value: entry.value === 'n' ? 'Records' : 'Per 1,000 people per year',
    density: entry.surface ? capital(entry.surface.unit) : '', agreement: 'Police and health'};
  const heads = {clusters: 'Clusters', value: entry.value === 'n' ? 'Count' : 'Rate', density: 'Density', agreement: 'Agreement'};
  const head = el('div', {class: 'head'}, el('h2', {}, heads[state.view]), el('p', {}, units[state.view]));
  const rows = state.view === 'density' ? densityRows(entry) : classes().map(name => {
    const many = AREAS.filter(area => classOf(area) === name).length;
    return el('li', {class: many ? null : 'none'}, el('button', {type: 'button', 'aria-pressed': String(!state.off.has(name)), title: MEANINGS[name] || null,
      click: () => { state.off.has(name) ? state.off.delete(name) : state.off.add(name); update(); }},
    swatch(name), className(name), el('b', {}, number(many))));
  });
  const choice = el('select', {'aria-label': 'Colours'}, [['standard', 'Standard'], ['safe', 'Colour-safe'], ['grey', 'Greyscale']]
    .map(([value, label]) => el('option', {value, selected: state.palette === value ? '' : null}, label)));
  choice.addEventListener('change', () => { state.palette = choice.value; update(); });
  parts.legend.replaceChildren(head, el('ul', {}, rows), choice);
}
function densityRows(entry) {
  const limits = entry.surface.breaks;
  return [...Array(limits.length + 1).keys()].map(at => el('li', {}, el('span', {class: 'key'},
    el('i', {style: {background: PALETTES.density[at]}}), rangeText(limits, at))))
    .concat(el('li', {}, `${capital(entry.surface.kernel)}, bandwidth ${entry.surface.bandwidth} m`));
}

function tag(name) {
  const view = Object.keys(PALETTES.agreement).includes(name) ? PALETTES.agreement[name] : PALETTES.clusters.standard[name];
  return el('span', {class: 'tag', title: MEANINGS[name] || null}, el('i', {style: {background: view || '#ffffff'}}), capital(name));
}
function areaCard(area) {
  const rows = SOURCES.map(entry => {
    const found = figures(area, entry.id);
    const limits = found.low === undefined ? '' : ` (${found.low}–${found.high})`;
    return el('tr', {}, el('th', {scope: 'row'}, el('i', {style: {background: entry.colour}}), entry.label),
      el('td', {}, found.hidden ? '*' : found.n === undefined ? '–' : number(found.n)),
      el('td', {}, shownRate(area, entry.id), el('small', {}, limits)));
  });
  const labels = SOURCES.filter(entry => figures(area, entry.id).label).map(entry => el('li', {}, el('span', {}, entry.label),
    tag(figures(area, entry.id).label), figures(area, entry.id).p === undefined ? null : el('small', {}, `p ${figures(area, entry.id).p}`)));
  const hidden = SOURCES.some(entry => figures(area, entry.id).hidden);
  return [el('h2', {}, area.name), el('p', {class: 'sub'}, area.id, area.people ? `, ${number(area.people)} residents` : ''),
    area.rank ? el('p', {class: 'sub'}, `Priority ${area.rank}`) : null,
    el('table', {}, el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'Source'), el('th', {scope: 'col'}, 'Records'),
      el('th', {scope: 'col'}, 'Per 1,000 a year'))), el('tbody', {}, rows)),
    hidden ? el('p', {class: 'fine'}, `* from 1 to ${META.threshold - 1}, hidden to protect people`) : null,
    labels.length ? el('h3', {}, 'Among its neighbours') : null, el('ul', {class: 'labels'}, labels),
    area.agreement ? el('p', {class: 'sub'}, 'Police and health: ', tag(area.agreement)) : null,
    el('button', {type: 'button', class: 'plain', click: () => select(null, true)}, 'Show the whole area')];
}
function wholeCard() {
  const highs = entry => AREAS.filter(area => figures(area, entry.id).label === 'High-High').length;
  const rows = SOURCES.map(entry => el('tr', {}, el('th', {scope: 'row'}, el('i', {style: {background: entry.colour}}), entry.label),
    el('td', {}, total(entry)), el('td', {}, entry.hasClusters ? String(highs(entry)) : '–')));
  const only = AREAS.filter(area => area.agreement === 'health only');
  const compared = ['both', 'police only', 'health only'].map(name => [name, AREAS.filter(area => area.agreement === name).length]);
  return [el('h2', {}, 'Whole area'), el('p', {class: 'sub'}, 'Choose an area on the map or in the list.'),
    el('table', {}, el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'Source'), el('th', {scope: 'col'}, 'Records'),
      el('th', {scope: 'col'}, 'High-High'))), el('tbody', {}, rows)),
    SOURCES.some(entry => entry.atLeast) ? el('p', {class: 'fine'}, '+ at least: hidden counts are left out') : null,
    META.agreement ? el('h3', {}, 'Do police and health agree on where it is high?') : null,
    META.agreement ? el('ul', {class: 'labels pairs'}, compared.map(([name, many]) => el('li', {}, tag(name), el('b', {}, number(many))))) : null,
    only.length ? el('h3', {}, 'High for health, not for the police') : null,
    only.length ? el('ul', {class: 'places'}, only.slice(0, 8).map(area => el('li', {}, el('button', {type: 'button',
      click: () => select(area, true)}, area.name)))) : null];
}

// On paper the list on the left is gone; the ranked places stand under the card instead.
function printedList() {
  const rows = DATA.order.slice(0, 10).map((at, place) => el('tr', {}, el('th', {scope: 'row'}, `${place + 1}  ${AREAS[at].name}`),
    SOURCES.map(entry => el('td', {}, shownCount(AREAS[at], entry.id)))));
  return el('div', {class: 'paper'}, el('h3', {}, AREAS.some(area => area.rank) ? 'Priority areas' : 'Highest areas'), el('table', {},
    el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'Area'), SOURCES.map(entry => el('th', {scope: 'col'}, entry.label)))),
    el('tbody', {}, rows)));
}

function select(area, zoom) {
  state.area = area;
  if (zoom && area) map.fitBounds(shapes.get(area.id).getBounds(), {maxZoom: 14, padding: [80, 80]});
  if (zoom && !area) fit();
  parts.said.textContent = area ? `${area.name} chosen` : 'Whole area';
  update();
}
function update() {
  drawSwitches();
  drawList();
  drawLegend();
  parts.chip.replaceChildren(el('strong', {}, state.view === 'agreement' ? 'Police and health' : source().label), ' ',
    state.view === 'value' && source().value === 'n' ? 'count' : VIEWS[state.view].toLowerCase());
  parts.card.replaceChildren(...(state.area ? areaCard(state.area) : wholeCard()).filter(Boolean), printedList());
  restyle();
}

function search() {
  const options = el('datalist', {id: 'hs-areas'}, AREAS.map(area => el('option', {value: `${area.name} (${area.id})`})));
  const field = el('input', {type: 'search', list: 'hs-areas', placeholder: 'Find an area by name or code', 'aria-label': 'Find an area'});
  field.addEventListener('change', () => {
    const wanted = field.value.trim().toLowerCase();
    const exact = AREAS.find(area => [area.name, area.id, `${area.name} (${area.id})`].some(text => text.toLowerCase() === wanted));
    const found = exact || (wanted && AREAS.find(area => area.name.toLowerCase().includes(wanted)));
    if (found) select(found, true);
    else if (wanted) parts.said.textContent = 'No area of that name or code';
  });
  document.addEventListener('keydown', event => {
    if (event.key === '/' && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); field.focus(); }
  });
  return el('div', {class: 'search'}, field, options);
}

function skeleton() {
  const kpis = SOURCES.map(entry => el('div', {style: {borderColor: entry.colour}}, el('dt', {}, entry.label), el('dd', {}, total(entry))));
  const subtitle = [META.organisation, META.period, `${number(AREAS.length)} ${META.geography || 'areas'}`].filter(Boolean).join(', ');
  const notes = SOURCES.map(entry => el('li', {}, el('b', {}, `${entry.label}. `), entry.note));
  const slot = el('div', {class: 'hs-slot'}, parts.chip);
  const page = el('div', {class: 'hs'},
    el('a', {class: 'skip', href: '#hs-list'}, 'Skip to the list of areas'),
    el('div', {class: 'mark', role: 'note'}, META.marking, META.restricted ? el('span', {}, 'NOT DISCLOSURE-CONTROLLED') : null),
    el('header', {class: 'hs-head'}, el('div', {}, el('h1', {}, META.title), el('p', {}, subtitle)),
      SOURCES.some(entry => entry.total !== null) ? el('dl', {}, kpis) : null,
      el('button', {type: 'button', class: 'plain print', click: () => window.print()}, 'Print')),
    el('nav', {class: 'hs-list', 'aria-label': 'Controls and list of areas'}, el('div', {class: 'controls'},
      el('p', {class: 'label'}, 'Source'), parts.sources, el('p', {class: 'label'}, 'The map shows'), parts.views, search()),
    el('div', {class: 'list-head'}, el('h2', {id: 'hs-list', tabindex: '-1'}, AREAS.some(area => area.rank) ? 'Priority areas' : 'Highest areas'),
      el('span', {}, `${number(DATA.order.length)} of ${number(AREAS.length)}`)), parts.list),
    el('main', {class: 'hs-map', 'aria-label': 'Map'}, slot, parts.legend), parts.card,
    el('footer', {class: 'hs-foot'}, el('div', {class: 'row'}, el('ul', {}, notes),
      el('div', {}, el('p', {}, el('b', {}, 'Read with care. '), META.caveats.join(' ')), el('p', {}, el('b', {}, 'Disclosure. '), META.statement)),
      el('p', {}, el('b', {}, 'Method. '), META.method.join(' '), ` Made with ${META.software}.`))),
    el('div', {class: 'mark low', role: 'note'}, META.marking, META.handling ? el('span', {}, META.handling) : null),
    parts.said, patterns());
  document.body.prepend(page);
  slot.append(folium);
}

skeleton();
L.control.scale({position: 'bottomright', maxWidth: 120}).addTo(map);
north().addTo(map);
drawAreas();
drawBadges();
update();
fit();
window.addEventListener('resize', () => map.invalidateSize());
// Paper has its own size, which the browser applies only after asking: give the map that size first.
window.addEventListener('beforeprint', () => {
  Object.assign(folium.parentElement.style, {width: '206mm', height: '136mm'});
  fit();
});
window.addEventListener('afterprint', () => {
  Object.assign(folium.parentElement.style, {width: '', height: ''});
  fit();
});
