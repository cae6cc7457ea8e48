// The peer of `drain`: PouchDB (LevelDB) as the till, express-pouchdb as the hub, over loopback.
// node pouchdb.js SALES.ndjson ROUNDS DIR: the very sales that our till sends, as documents.
// Its writes are not flushed to the disk (LevelDB's default); ours are.
'use strict';
const fs = require('fs'), path = require('path'), child = require('child_process');
const PouchDB = require('pouchdb-node');

function hub(port, dir) {
  fs.mkdirSync(dir, { recursive: true });
  const app = require('express')();
  const options = { mode: 'minimumForPouchDB', inMemoryConfig: true, configPath: path.join(dir, 'config.json') };
  app.use('/', require('express-pouchdb')(PouchDB.defaults({ prefix: dir + '/' }), options));
  const server = app.listen(port, '127.0.0.1', () => console.log(server.address().port));
}

const now = () => Number(process.hrtime.bigint()) / 1e6;
const part = (values, percent) =>
  values.slice().sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * percent / 100))];

async function drain(sales, till, url, options) {
  const near = new PouchDB(till), far = new PouchDB(url);
  await far.info();
  for (let i = 0; i < sales.length; i += 500) await near.bulkDocs(sales.slice(i, i + 500));
  const began = now();
  await near.replicate.to(far, options);
  const rate = sales.length / (now() - began) * 1e3;
  if ((await far.info()).doc_count !== sales.length) throw Error('the hub lacks documents');
  return { rate, near, far };
}

async function live(sales, near, far) {
  const replication = near.replicate.to(far, { live: true, retry: true });
  await new Promise(resolve => replication.once('paused', resolve));
  const took = [];
  for (let i = 0; i < 60; i++) {
    const arrived = new Promise(resolve => replication.once('change', resolve)), began = now();
    await near.put({ ...sales[i % sales.length], _id: `live-${i}` });
    await arrived;
    if (i >= 5) took.push(now() - began);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  replication.cancel();
  return took;
}

async function main(file, rounds, dir) {
  const sales = fs.readFileSync(file, 'utf8').trim().split('\n').map(line => {
    const sale = JSON.parse(line);
    return { ...sale, _id: sale.id };
  });
  fs.mkdirSync(dir, { recursive: true });
  const server = child.spawn(process.execPath, [__filename, 'hub', '0', dir + '/hub'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const port = await new Promise(resolve => server.stdout.once('data', data => resolve(parseInt(data))));
  const plain = [], tuned = [], took = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const one = await drain(sales, `${dir}/a${round}`, `http://127.0.0.1:${port}/a${round}`, {});
      const two = await drain(sales, `${dir}/b${round}`, `http://127.0.0.1:${port}/b${round}`, { batch_size: 500, batches_limit: 4 });
      plain.push(one.rate);
      tuned.push(two.rate);
      took.push(...await live(sales, one.near, one.far));
    }
  } finally { server.kill(); }
  console.log(JSON.stringify({ plain: part(plain, 50), tuned: part(tuned, 50), p50_ms: part(took, 50), p99_ms: part(took, 99) }));
  process.exit(0);
}

if (process.argv[2] === 'hub') hub(+process.argv[3], process.argv[4]);
else main(process.argv[2], +process.argv[3], process.argv[4]).catch(error => { console.error(error); process.exit(1); });
