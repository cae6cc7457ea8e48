// The demo shop's page: asks the hub's public storefront API, and its own shop to order.
'use strict';

const API = '/v1/storefront/';
const POLL_MS = 2000;
const WORDS = {
  many: 'In this store', some: 'In this store', few: 'Only a few left', none: 'Not in this store',
};
const STEPS = [['ordered', 'Ordered'], ['picking', 'Being picked'], ['ready', 'Ready'],
  ['collected', 'Fetched']];
const HEADS = {
  RESERVED: ['Thank you: the store has your order', 'Somebody will pick it soon.'],
  PICKING: ['Your order is being picked', 'Somebody is walking through the store with your list.'],
  READY: ['Ready: come and fetch it', 'Show this code at the counter.'],
  PARTLY: ['A part of it was fetched', 'The rest waits for you: show this code.'],
  COLLECTED: ['Fetched: enjoy it', 'The order is closed.'],
  LAPSED: ['It was kept as long as we could', 'Ask in the store: it may still be there.'],
  SHORT: ['We are sorry: it could not be found', 'What you paid for it goes back to you.'],
  CANCELLED: ['The order is cancelled', 'What you paid for it goes back to you.'],
  CANCELLING: ['The order is being cancelled', 'What you paid for it goes back to you.'],
  RESTOCKED: ['It was not fetched and went back', 'What you paid for it goes back to you.'],
};
const state = { key: '', client: '', stores: [], store: null, basket: new Map(), open: null };
const $ = (id) => document.getElementById(id);

// --- small things ------------------------------------------------------------------------------

function make(tag, props = {}, ...children) {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === 'class') one.className = value; else if (name in one) one[name] = value;
    else one.setAttribute(name, value);
  }
  one.append(...children.filter((each) => each !== null));
  return one;
}

function icon(name) {
  const one = make('span', { class: 'icon', 'aria-hidden': 'true' });
  draw(one, name);
  return one;
}

function draw(one, name) {
  const safe = /^[a-z0-9-]{1,40}$/.test(name) ? name : 'package';
  one.style.maskImage = `url("icons/${safe}.svg")`;
  one.style.webkitMaskImage = one.style.maskImage;
}

const money = (amount, currency) => new Intl.NumberFormat('en-IE', { style: 'currency', currency })
  .format(amount / 100);
const clock = (text, zone = state.store?.zone) => new Intl.DateTimeFormat('en-IE', {
  weekday: 'short', hour: '2-digit', minute: '2-digit', timeZone: zone || 'UTC',
}).format(new Date(text));

function tell(text) { $('told').textContent = text; }

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error('The shop cannot be reached just now. Your basket is kept: try again.');
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const problem = new Error(told.title || 'The shop did not answer as it should. Try again.');
    problem.code = (told.type || '').replace('/problems/', '');
    throw problem;
  }
  return told;
}

function read(what, fields) {
  const asked = new URLSearchParams({ key: state.key, ...fields });
  return ask(`${API}${what}?${asked}`);
}

function show(name) {
  for (const each of ['goods', 'basket', 'status']) $(each).hidden = each !== name;
  tell('');
  scrollTo(0, 0);
}

// --- stores ------------------------------------------------------------------------------------

async function findStores(near = '') {
  const found = (await read('stores', near ? { near } : {})).stores;
  $('store-list').replaceChildren(...found.map((store) => {
    const when = store.open ? 'Open now' : `Opens ${clock(store.opens, store.zone)}`;
    const ready = store.pickup ? `ready by ${clock(store.ready_by, store.zone)}` : 'gives out no orders';
    const button = make('button', { type: 'button', disabled: !store.pickup },
      make('b', {}, store.name), make('span', { class: 'quiet' }, (store.address || []).join(', ')),
      make('span', {}, `${when} · ${ready}`));
    button.addEventListener('click', () => choose(store));
    return make('li', {}, button);
  }));
  $('no-store').hidden = found.length > 0;
  return found;
}

function choose(store, thenSearch = true) {
  state.store = store;
  localStorage.setItem('store', store.store);
  $('store-chosen').textContent = store.name;
  $('store-line').textContent = `${store.name}: an order you place now is ready by `
    + `${clock(store.ready_by)} and is kept for ${store.keep_days} days.`;
  if ($('stores').open) $('stores').close();
  if (thenSearch) search();
}

// --- goods -------------------------------------------------------------------------------------

async function search() {
  if (!state.store) { $('stores').showModal(); return; }
  show('goods');
  const q = $('words').value.trim();
  try {
    const { products } = await read('products', {
      q, store: state.store.store, limit: 18, client: state.client, consent: 'unknown',
    });
    $('products').replaceChildren(...products.map(card));
    if (!products.length) tell(`Nothing here is called “${q}”. Try another word.`);
    if (products.length) await look(products.map((each) => each.sku));
  } catch (problem) { tell(problem.message); }
}

function card(product) {
  const add = make('button', { type: 'button', disabled: true, 'data-sku': product.sku }, 'Add');
  add.setAttribute('aria-label', `Add ${product.name} ${product.variant || ''}`);
  add.addEventListener('click', () => put(product, 1));
  const price = make('span', { class: 'price' },
    product.price === null ? 'No price today' : money(product.price, product.currency));
  if (product.was) price.append(make('s', {}, money(product.was, product.currency)));
  return make('li', { class: 'card', 'data-card': product.sku },
    make('div', { class: 'pic' }, icon(product.icon || 'package')),
    make('h2', {}, product.name), make('span', { class: 'quiet' }, product.variant || ' '), price,
    make('span', { class: 'pill', 'data-pill': product.sku }, 'Asking the store…'),
    make('span', { class: 'quiet', 'data-age': product.sku }, ' '), add);
}

async function look(skus) {
  const { items } = await read('availability', {
    sku: skus.join(','), store: state.store.store, client: state.client, consent: 'unknown',
  });
  for (const item of items) {
    const [stock] = item.stores;
    const pill = document.querySelector(`[data-pill="${CSS.escape(item.sku)}"]`);
    if (!pill || !stock) continue;
    const unsure = stock.band !== 'none' && stock.confidence < 80;
    pill.className = `pill ${unsure && stock.band !== 'none' ? 'few' : stock.band}`;
    pill.textContent = unsure ? 'Probably in this store' : WORDS[stock.band];
    const age = document.querySelector(`[data-age="${CSS.escape(item.sku)}"]`);
    age.textContent = stock.age_s ? `As of ${stock.as_of ? clock(stock.as_of) : 'a while ago'}; `
      + 'the store was not heard since.' : 'As of now';
    const add = document.querySelector(`button[data-sku="${CSS.escape(item.sku)}"]`);
    add.disabled = stock.band === 'none';
  }
}

// --- basket ------------------------------------------------------------------------------------

function put(product, more) {
  const line = state.basket.get(product.sku) || { product, qty: 0 };
  line.qty += more;
  if (line.qty > 0) state.basket.set(product.sku, line); else state.basket.delete(product.sku);
  const count = [...state.basket.values()].reduce((sum, each) => sum + each.qty, 0);
  $('basket-count').textContent = String(count);
  $('basket-button').setAttribute('aria-label', `Basket, ${count} in it`);
  if (!$('basket').hidden) drawBasket();
}

function drawBasket() {
  const lines = [...state.basket.values()];
  $('lines').replaceChildren(...lines.map(({ product, qty }) => {
    const step = (text, more, label) => {
      const one = make('button', { type: 'button' }, text);
      one.setAttribute('aria-label', `${label} ${product.name}`);
      one.addEventListener('click', () => put(product, more));
      return one;
    };
    return make('li', {}, icon(product.icon || 'package'),
      make('span', { class: 'what' }, `${product.name} ${product.variant || ''}`),
      step('−', -1, 'One less of'), make('b', {}, String(qty)), step('+', 1, 'One more of'),
      make('span', { class: 'price' }, money(product.price * qty, product.currency)));
  }));
  const total = lines.reduce((sum, { product, qty }) => sum + product.price * qty, 0);
  const currency = lines.length ? lines[0].product.currency : 'EUR';
  $('total').textContent = money(total, currency);
  $('checkout').hidden = !lines.length;
  if (!lines.length) tell('Your basket is empty.');
}

function openBasket() {
  show('basket');
  drawBasket();
  $('basket-title').focus();
}

async function order(event) {
  event.preventDefault();
  const given = new FormData($('checkout'));
  const lines = [...state.basket.values()].map(({ product, qty }) => ({
    sku: product.sku, qty: qty * 1000,
  }));
  const asked = {
    id: state.asking ||= crypto.randomUUID(), store: state.store.store, lines,
    name: String(given.get('person')), pay: given.get('pay'), client: state.client,
  };
  $('order').disabled = true;
  try {
    const made = await ask('orders', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(asked),
    });
    state.asking = null;
    state.basket.clear();
    $('basket-count').textContent = '0';
    location.hash = `${made.order}/${made.token}`;
  } catch (problem) {
    if (problem.code) state.asking = null;
    tell(problem.code === 'order_not_promised'
      ? 'Somebody was faster: not all of it is left in this store. Nothing was ordered.'
      : problem.message);
  } finally { $('order').disabled = false; }
}

// --- status ------------------------------------------------------------------------------------

function follow() {
  clearTimeout(state.timer);
  const [id, token] = location.hash.slice(1).split('/');
  if (!id || !token) { state.open = null; return false; }
  if (state.open?.id !== id) state.drawn = '';
  state.open = { id, token };
  refresh();
  return true;
}

async function refresh() {
  const { id, token } = state.open;
  let wait = POLL_MS;
  try {
    const told = await ask(`${API}orders/${encodeURIComponent(id)}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (state.open?.id === id) await drawStatus(told);
  } catch (problem) {
    if (problem.code === 'order_unknown') { show('status'); $('status-title').textContent = ''; }
    tell(problem.message);
    wait *= 3;
  }
  if (state.open?.id === id) state.timer = setTimeout(refresh, wait);
}

async function drawStatus(told) {
  if (state.drawn === JSON.stringify(told)) return;
  const first = !state.drawn;
  state.drawn = JSON.stringify(told);
  if (first) show('status');
  tell('');
  const [part] = told.parts;
  const [head, text] = HEADS[part.state] || [part.state, ''];
  $('order-name').textContent = told.name;
  $('status-title').textContent = head;
  const promised = part.promised && part.state === 'RESERVED' ? ` Ready by ${clock(part.promised, part.zone)}.` : '';
  $('status-text').textContent = text + promised;
  $('status').dataset.state = part.state;
  const at = Object.fromEntries((part.steps || []).map((step) => [step.what, step.at]));
  const reached = Math.max(...STEPS.map(([what], place) => (at[what] ? place : 0)));
  $('steps').replaceChildren(...STEPS.map(([what, name], place) => make('li', {
    class: place <= reached ? 'done' : '', 'aria-current': place === reached ? 'step' : 'false',
  }, name, at[what] ? make('time', { dateTime: at[what] }, clock(at[what], part.zone)) : null)));
  $('pass').hidden = !part.qr;
  if (part.qr) await drawPass(part, told.currency);
  $('ordered').replaceChildren(...part.lines.map((line) => make('li', {},
    make('b', {}, `${line.qty / 1000} ×`),
    make('span', { class: 'what' }, `${line.title} ${line.variant || ''}`),
    make('span', { class: 'price' }, money(line.total, told.currency)))));
  $('where').replaceChildren(make('b', {}, part.store_name), make('br'),
    (part.address || []).join(', '));
  $('cancel').hidden = !['RESERVED', 'PICKING', 'READY'].includes(part.state);
  if (first) $('status-title').focus();
}

async function drawPass(part, currency) {
  $('code').textContent = `${part.code.slice(0, 3)} ${part.code.slice(3)}`;
  $('due').textContent = part.due ? `To pay in the store: ${money(part.due, currency)}` : 'Paid already';
  $('keep').textContent = part.keep_until ? `Kept until ${clock(part.keep_until, part.zone)}` : '';
  const picture = await fetch('qr', { method: 'POST', body: part.qr });
  if (!picture.ok) return;
  const url = URL.createObjectURL(await picture.blob());
  const before = $('qr').src;
  $('qr').src = url;
  if (before.startsWith('blob:')) URL.revokeObjectURL(before);
}

async function cancel() {
  const { id, token } = state.open;
  try {
    await ask('cancel', {
      method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ order: id, token }),
    });
    clearTimeout(state.timer);
    await refresh();
  } catch (problem) { tell(problem.message); }
}

// --- begin -------------------------------------------------------------------------------------

async function begin() {
  for (const one of document.querySelectorAll('[data-icon]')) draw(one, one.dataset.icon);
  state.client = localStorage.getItem('client') || crypto.randomUUID();
  localStorage.setItem('client', state.client);
  $('search').addEventListener('submit', (event) => { event.preventDefault(); search(); });
  $('find').addEventListener('submit', (event) => {
    event.preventDefault();
    findStores($('near').value.trim()).catch((problem) => tell(problem.message));
  });
  $('store-button').addEventListener('click', () => $('stores').showModal());
  $('basket-button').addEventListener('click', openBasket);
  $('back').addEventListener('click', search);
  $('checkout').addEventListener('submit', order);
  $('again').addEventListener('click', () => { location.hash = ''; });
  $('cancel').addEventListener('click', cancel);
  addEventListener('hashchange', () => { if (!follow()) search(); });
  try {
    state.key = (await ask('config')).key;
    state.stores = await findStores();
    const known = state.stores.find((one) => one.store === localStorage.getItem('store'));
    if (known && known.pickup) choose(known, !location.hash);
    if (follow() || state.store) return;
    show('goods');
    $('stores').showModal();
  } catch (problem) { tell(problem.message); }
}

begin();
