/** Names of what is kept from the server, so that whoever changes something can say what has become old. */
export const KEYS = {
  instruments: ["instruments"],
  portfolio: ["portfolio"],
  metrics: ["metrics"],
  history: ["history"],
  performance: ["performance"],
  orders: ["orders"],
  fills: ["fills"],
  positions: ["positions"],
  strategies: ["strategies"],
  kinds: ["kinds"],
  runs: ["runs"],
  alerts: ["alerts"],
  switches: ["switches"],
  risk: ["risk"],
  cancelAfter: ["cancel-after"],
  approvals: ["approvals"],
  users: ["users"],
  apiKeys: ["api-keys"],
  sessions: ["sessions"],
  profile: ["profile"],
  health: ["health"],
  audit: ["audit"],
  candles: ["candles"],
  catalog: ["catalog"],
} as const;

/** What an order, a fill or a position touches. */
export const TRADING = [KEYS.orders, KEYS.fills, KEYS.positions, KEYS.portfolio] as const;
