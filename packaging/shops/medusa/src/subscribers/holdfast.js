'use strict';
// Tells a Holdfast hub what happened in a Medusa shop: Standard Webhooks, as hints. The hub then
// fetches the order itself, so a lost or doubled hint costs nothing. The shop's own bus forgets what
// a restart catches in between: the hub also asks for what changed, every few minutes.
const { createHmac, randomUUID } = require('node:crypto');

const TOLD = [
  'order.placed', 'order.updated', 'order.canceled', 'order.completed', 'order.archived',
  'order.fulfillment_created', 'order.fulfillment_canceled', 'delivery.created', 'shipment.created',
  'order.return_requested', 'order.return_received', 'payment.captured', 'payment.refunded',
  'inventory-level.updated',
];
const TRIES = 7;
const TIMEOUT_MS = 15000;
const pause = ms => new Promise(done => setTimeout(done, ms).unref());

async function post(id, body) {
  const at = Math.floor(Date.now() / 1000);
  const key = Buffer.from((process.env.HOLDFAST_SECRET ?? '').replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  const reply = await fetch(process.env.HOLDFAST_URL, {
    method: 'POST', body, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error',
    headers: {
      'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': `${at}`,
      'webhook-signature': `v1,${signature}`,
    },
  });
  if (!reply.ok) throw new Error(`the hub answered ${reply.status}`);
}

/** HOLDFAST_URL is what the hub showed when the channel was added, HOLDFAST_SECRET its `whsec_…`. */
async function tellHoldfast({ event: { name, data }, container }) {
  if (!process.env.HOLDFAST_URL) return;
  const body = JSON.stringify({ type: name, timestamp: new Date().toISOString(), data });
  const id = `msg_${randomUUID()}`;
  for (let tried = 1; ; tried += 1) {
    try {
      return await post(id, body);
    } catch (failed) {
      if (tried === TRIES) {
        return container.resolve('logger').error(`Holdfast was not told of ${name}: ${failed.message}`);
      }
      await pause(500 * 4 ** (tried - 1));
    }
  }
}

module.exports = { default: tellHoldfast, config: { event: TOLD } };
