// Put the page together, join its parts, and lay it out for paper.
function update() {
  drawSwitches();
  drawList();
  drawLegend();
  drawCard();
  restyle();
  drawBadges();
  const what = state.view === 'agreement' ? `Police and ${BESIDE}` : state.layer.label;
  parts.chip.replaceChildren(el('strong', {}, what), ' ', viewLabel(state.view).toLowerCase());
}
function select(area, zoom) {
  state.area = area;
  if (zoom && area) zoomTo(area);
  if (zoom && !area) fit();
  parts.said.textContent = area ? `${area.name} chosen` : 'Whole area';
  drawList();
  drawCard();
  drawBadges();
  outline(area);
  const phone = window.matchMedia('(max-width: 820px)').matches;
  if (zoom && phone) folium.parentElement.scrollIntoView({block: 'center', behavior: calm ? 'auto' : 'smooth'});
  const row = parts.list.querySelector('[aria-current=true]');
  if (row && !zoom && !phone) row.scrollIntoView({block: 'nearest'});
}

// A text field with a list of what matches, operated by arrow keys or pointer.
function search() {
  const options = el('ul', {id: 'hs-found', role: 'listbox', 'aria-label': 'Areas found', hidden: ''});
  const field = el('input', {type: 'search', id: 'hs-search', placeholder: 'Find an area by name or code', role: 'combobox', autocomplete: 'off',
    'aria-label': 'Find an area by name or code', 'aria-controls': 'hs-found', 'aria-expanded': 'false', 'aria-autocomplete': 'list'});
  let found = [], at = -1;
  const close = () => {
    found = [];
    draw();
  };
  const take = area => {
    field.value = area.name;
    close();
    select(area, true);
  };
  const draw = () => {
    options.replaceChildren(...found.map((area, place) => {
      const row = el('li', {role: 'option', id: `hs-found-${place}`, 'aria-selected': String(place === at), click: () => take(area)},
        area.name, el('span', {}, area.id === area.name ? '' : area.id));
      row.addEventListener('mousedown', event => event.preventDefault());
      return row;
    }));
    options.hidden = !found.length;
    field.setAttribute('aria-expanded', String(found.length > 0));
    if (at >= 0) field.setAttribute('aria-activedescendant', `hs-found-${at}`);
    else field.removeAttribute('aria-activedescendant');
  };
  field.addEventListener('input', () => {
    const wanted = field.value.trim().toLowerCase();
    found = wanted ? AREAS.filter(area => `${area.name} ${area.id}`.toLowerCase().includes(wanted)).slice(0, 8) : [];
    at = -1;
    if (wanted && !found.length) parts.said.textContent = 'No area of that name or code';
    draw();
  });
  field.addEventListener('keydown', event => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step && found.length) {
      at = Math.min(found.length - 1, Math.max(0, at + step));
      event.preventDefault();
      draw();
    } else if (event.key === 'Enter' && found.length) take(found[Math.max(0, at)]);
    else if (event.key === 'Escape') close();
  });
  field.addEventListener('blur', close);
  return el('div', {class: 'search'}, field, el('kbd', {'aria-hidden': 'true'}, '/'), options);
}

function footer() {
  const sources = AGENCIES.filter(layer => layer.note).map(layer => el('p', {}, el('b', {}, `${layer.label}. `), layer.note));
  const texts = [['Read with care. ', META.caveats.join(' ')], ['Disclosure. ', META.statement],
    ['Method. ', `${META.method.join(' ')} Made with ${META.software}.`]].filter(([, text]) => text);
  return el('footer', {class: 'hs-foot', tabindex: '0', 'aria-label': 'Sources, caveats, disclosure and method'},
    el('div', {class: 'columns'}, sources, texts.map(([title, text]) => el('p', {}, el('b', {}, title), text))));
}
function skeleton() {
  const totals = LAYERS.filter(layer => layer.total !== null).map(layer =>
    el('div', {style: {borderColor: layer.colour}}, el('dt', {}, layer.label), el('dd', {}, total(layer))));
  const subtitle = [META.organisation, META.period, `${number(AREAS.length)} ${META.geography || 'areas'}`].filter(Boolean).join(', ');
  const slot = el('div', {class: 'hs-slot'}, parts.chip);
  document.body.prepend(el('div', {class: 'hs'},
    el('a', {class: 'skip', href: '#hs-list'}, 'Skip to the list of areas'),
    el('div', {class: 'mark', role: 'region', 'aria-label': 'Protective marking'}, META.marking, el('span', {}, META.stamp)),
    el('header', {class: 'hs-head'}, el('div', {}, el('h1', {}, META.title), el('p', {}, subtitle)),
      totals.length ? el('dl', {}, totals) : null,
      el('button', {type: 'button', class: 'plain print', click: () => window.print()}, 'Print')),
    el('nav', {class: 'hs-list', 'aria-label': 'Controls and list of areas'}, el('div', {class: 'controls'},
      el('p', {class: 'label'}, 'Source'), parts.layers, el('p', {class: 'label'}, 'The map shows'), parts.views, search()),
    parts.listHead, parts.listKey, parts.list),
    el('main', {class: 'hs-map', 'aria-label': 'Map'}, slot, parts.legend), parts.card, footer(),
    el('div', {class: 'mark low', role: 'region', 'aria-label': 'Protective marking and handling'}, META.marking,
      META.handling ? el('span', {}, META.handling) : null),
    parts.said, patterns()));
  slot.append(folium);
}

// Paper has its own size, which the browser applies only after asking: give the map that size first.
function paper() {
  let before = null;
  window.addEventListener('beforeprint', () => {
    before = map.getBounds();
    Object.assign(folium.parentElement.style, {width: '206mm', height: '138mm'});
    fit(state.area ? before : null);
    drawBadges();
  });
  window.addEventListener('afterprint', () => {
    Object.assign(folium.parentElement.style, {width: '', height: ''});
    fit(before);
  });
}
function keys() {
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === '/') {
      event.preventDefault();
      document.getElementById('hs-search').focus();
    } else if (event.key === '0') select(null, true);
    else if (event.key === 'Escape') select(null, false);
  });
}

skeleton();
state.view = viewsOf(state.layer)[0];
furnish();
drawAreas();
update();
fit();
map.on('zoomend', drawBadges);
window.addEventListener('resize', () => map.invalidateSize());
paper();
keys();
document.documentElement.dataset.ready = 'yes';
