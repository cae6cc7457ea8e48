'use strict';
// A small shop with the conventions that the hub's adapter expects: copy what your shop lacks.
const {
  bootstrap, DefaultJobQueuePlugin, DefaultSearchPlugin, JobQueueService, LanguageCode,
  MultiChannelStockLocationStrategy, PaymentMethodHandler,
} = require('@vendure/core');
const { HoldfastPlugin } = require('./holdfast-plugin');

const said = value => [{ languageCode: LanguageCode.en, value }];
const text = name => ({ name, type: 'string', nullable: true, public: true });

// Stands in for a card processor: the money is there at once, and goes back when asked.
const cardOnline = new PaymentMethodHandler({
  code: 'card-online', description: said('Card, online'), args: {},
  createPayment: (ctx, order, amount) => ({ amount, state: 'Settled', transactionId: `card-${order.code}` }),
  settlePayment: () => ({ success: true }),
  createRefund: () => ({ state: 'Settled', transactionId: `refund-${Date.now()}` }),
});
// Promised, and paid when it is fetched: the hub settles it. Money back is given in the store.
const payInStore = new PaymentMethodHandler({
  code: 'pay-in-store', description: said('Pay in the store'), args: {},
  createPayment: (ctx, order, amount) => ({ amount, state: 'Authorized', transactionId: `store-${order.code}` }),
  settlePayment: () => ({ success: true }),
});

/** Goods of a pickup order are put aside in the store where it is fetched; its code stands in the description. */
class PickupStockLocationStrategy extends MultiChannelStockLocationStrategy {
  async forAllocation(ctx, stockLocations, orderLine, quantity) {
    const line = await this.connection.getRepository(ctx, orderLine.constructor)
      .findOne({ where: { id: orderLine.id }, relations: ['order'] });
    const wanted = line?.order?.customFields?.pickupLocation;
    const location = stockLocations.find(one => wanted && one.description === wanted);
    return location ? [{ location, quantity }] : super.forAllocation(ctx, stockLocations, orderLine, quantity);
  }
}

const env = process.env;
const config = {
  apiOptions: { hostname: '127.0.0.1', port: Number(env.PORT ?? 3000), adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
  authOptions: {
    tokenMethod: ['bearer', 'api-key'], requireVerification: false,
    superadminCredentials: { identifier: env.ADMIN ?? 'superadmin', password: env.ADMIN_PASSWORD ?? '' },
    cookieOptions: { secret: env.COOKIE_SECRET ?? 'only-bearers-here' },
  },
  dbConnectionOptions: {
    type: 'postgres', host: env.DB_HOST, port: Number(env.DB_PORT ?? 5432), database: env.DB_NAME,
    username: env.DB_USER, password: env.DB_PASSWORD, synchronize: env.DB_SYNCHRONIZE === 'yes', logging: false,
  },
  paymentOptions: { paymentMethodHandlers: [cardOnline, payInStore] },
  catalogOptions: { stockLocationStrategy: new PickupStockLocationStrategy() },
  customFields: {
    Order: [
      ...['pickupLocation', 'utmSource', 'utmMedium', 'utmCampaign', 'landingPage', 'referrer', 'clientDevice'].map(text),
      { name: 'marketingConsent', type: 'boolean', nullable: true, public: true },
    ],
    ProductVariant: [text('barcode')],
  },
  plugins: [
    DefaultJobQueuePlugin.init({ pollInterval: 100, backoffStrategy: (queue, attempt) => Math.min(500 * 2 ** attempt, 60000) }),
    DefaultSearchPlugin,
    HoldfastPlugin.init({ url: env.HOLDFAST_URL ?? '', secret: env.HOLDFAST_SECRET ?? '' }),
  ],
};

// One process for page and jobs is enough for a small shop.
bootstrap(config)
  .then(app => app.get(JobQueueService).start())
  .then(() => console.log('the shop is open'))
  .catch(failed => { console.error(failed); process.exit(1); });
