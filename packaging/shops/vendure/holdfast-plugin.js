'use strict';
// Tells a Holdfast hub what happened in a Vendure shop: Standard Webhooks, as hints. The hub then
// fetches the order itself, so a lost or doubled hint costs nothing. Jobs of the shop's own queue
// carry them: they are kept in its database, and sent again until the hub has answered 2xx.
const { createHmac, randomUUID } = require('node:crypto');
const {
  EventBus, Fulfillment, FulfillmentStateTransitionEvent, JobQueueService, OrderPlacedEvent,
  OrderStateTransitionEvent, PluginCommonModule, RefundStateTransitionEvent, StockMovementEvent,
  TransactionalConnection, VendurePlugin,
} = require('@vendure/core');

const BEFORE_PLACED = ['Created', 'Draft', 'AddingItems', 'ArrangingPayment'];
let options = { url: '', secret: '', timeoutMs: 15000, retries: 200 };

async function post({ id, body }) {
  const at = Math.floor(Date.now() / 1000);
  const key = Buffer.from(options.secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  const reply = await fetch(options.url, {
    method: 'POST', body, signal: AbortSignal.timeout(options.timeoutMs), redirect: 'error',
    headers: {
      'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': `${at}`,
      'webhook-signature': `v1,${signature}`,
    },
  });
  if (!reply.ok) throw new Error(`the hub answered ${reply.status}`);
}

class HoldfastPlugin {
  /** url: what the hub showed when the channel was added; secret: `whsec_…`. */
  static init(given) {
    options = { ...options, ...given };
    return HoldfastPlugin;
  }

  constructor(events, jobs, connection) {
    Object.assign(this, { events, jobs, connection });
  }

  async onApplicationBootstrap() {
    this.queue = await this.jobs.createQueue({ name: 'holdfast', process: job => post(job.data) });
    const moved = (order, event) =>
      ({ orderId: `${order.id}`, orderCode: order.code, fromState: event.fromState, toState: event.toState });
    this.on(OrderPlacedEvent, 'order.placed', event => [moved(event.order, event)]);
    this.on(OrderStateTransitionEvent, 'order.state_transition', event =>
      BEFORE_PLACED.includes(event.toState) ? [] : [moved(event.order, event)]);
    this.on(RefundStateTransitionEvent, 'refund.state_transition', event => [moved(event.order, event)]);
    this.on(FulfillmentStateTransitionEvent, 'fulfillment.state_transition', async event => {
      const found = await this.connection.rawConnection.getRepository(Fulfillment)
        .findOne({ where: { id: event.fulfillment.id }, relations: ['orders'] });
      return (found?.orders ?? []).map(order => moved(order, event)); // the event comes without them
    });
    this.on(StockMovementEvent, 'stock.movement', event =>
      [{ kind: event.type, variants: event.stockMovements.map(one => `${one.productVariant?.id ?? ''}`) }]);
  }

  on(kind, type, told) {
    this.events.ofType(kind).subscribe(async event => {
      for (const data of await told(event)) {
        const body = JSON.stringify({ type, timestamp: event.createdAt.toISOString(), data });
        await this.queue.add({ id: `msg_${randomUUID()}`, body }, { retries: options.retries });
      }
    });
  }
}

Reflect.defineMetadata('design:paramtypes', [EventBus, JobQueueService, TransactionalConnection], HoldfastPlugin);
VendurePlugin({ imports: [PluginCommonModule], compatibility: '^3.0.0' })(HoldfastPlugin);
module.exports = { HoldfastPlugin };
