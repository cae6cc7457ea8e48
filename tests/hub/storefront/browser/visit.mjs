// A customer in a real browser: says on each line what they see, goes on when they are told to.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [url, folder, pictures] = process.argv.slice(2);
const load = createRequire(`${folder}/package.json`);
const { default: shipped } = await import(pathToFileURL(load.resolve('@sparticuz/chromium')));
const { chromium } = load('playwright-core');
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (what, told = {}) => console.log(JSON.stringify({ what, ...told }));
const told = async () => (await lines.next()).value;
const SOON = { timeout: 60000 };

const browser = await chromium.launch({
  executablePath: await shipped.executablePath(),
  args: ['--no-sandbox', '--headless=shell', '--disable-dev-shm-usage', '--disable-gpu', '--no-zygote'],
});
const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
const page = await context.newPage();
const wrong = [];
page.on('pageerror', (error) => wrong.push(error.message));
page.on('console', (one) => { if (one.type() === 'error') wrong.push(one.text()); });
const asked = new Set();
page.on('request', (one) => asked.add(`${one.method()} ${new URL(one.url()).pathname.replace(/[0-9a-f-]{36}/, 'ID')}`));
const picture = async (name) => pictures && page.screenshot({ path: `${pictures}/${name}.png` });

await page.goto(`${url}/demo-shop/`);
await page.locator('#store-list button').first().click(SOON);
await page.fill('#words', 'shirt');
await page.keyboard.press('Enter');
const card = page.locator('[data-card="SKU-00001"]');
// The cards are drawn at each letter and again at Enter: looked at when the last answer is there.
await page.waitForLoadState('networkidle', SOON);
const gone = page.locator('[data-card="SKU-00002"] button:disabled');
await gone.waitFor(SOON);
say('offered', {
  pill: await card.locator('.pill.many').textContent(SOON),
  gone: await gone.isVisible(),
  pages: await page.content().then((text) => text.includes('77')),
});
await card.locator('button').click();
await page.click('#basket-button');
await page.fill('#person', 'Ada <b>Lovelace</b>');
await page.check('input[value=store]');
await picture('basket');
await page.click('#order');
await page.locator('#status[data-state=RESERVED]').waitFor(SOON);
say('ordered', {
  name: await page.textContent('#order-name'), head: await page.textContent('#status-title'),
  hash: new URL(page.url()).hash, wide: await page.evaluate(() => document.documentElement.scrollWidth > innerWidth),
});
for (const state of ['PICKING', 'READY', 'COLLECTED']) {
  await told();
  await page.locator(`#status[data-state=${state}]`).waitFor(SOON);
  if (state === 'READY') {
    await page.waitForFunction(() => document.getElementById('qr').naturalWidth > 0, null, SOON);
    await page.reload();
    await page.locator('#status[data-state=READY]').waitFor(SOON);
    await page.waitForFunction(() => document.getElementById('qr').naturalWidth > 0, null, SOON);
    await page.locator('#qr').screenshot({ path: `${folder}/qr.png` });
  }
  await picture(state.toLowerCase());
  say(state, {
    head: await page.textContent('#status-title'), code: await page.textContent('#code'),
    due: await page.textContent('#due'), pass: await page.isVisible('#pass'),
    done: await page.locator('.steps li.done').count(),
  });
}
await told();
const before = [...wrong];
const unsafe = await page.evaluate(() => {
  const script = document.createElement('script');
  script.textContent = 'window.ran = true';
  document.body.append(script);
  return window.ran === true;
});
const nameless = await page.evaluate(() => [...document.querySelectorAll('button, input, a, img')]
  .filter((one) => one.checkVisibility() && !(one.getAttribute('aria-label') || one.alt
    || one.textContent.trim() || (one.labels && one.labels.length))).map((one) => one.outerHTML));
const small = await page.evaluate(() => [...document.querySelectorAll('button')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 48).map((one) => one.id));
say('end', { wrong: before, asked: [...asked].sort(), unsafe, nameless, small });
await browser.close();
process.exit(0);
