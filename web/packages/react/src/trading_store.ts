/** One account as components see it: orders and positions, read once and then kept by the socket. */
import {
  type Balance,
  Cell,
  type ConnectionState,
  type DecimalText,
  decimal,
  OpenbellError,
  type Order,
  type OrderChange,
  type OrderRequest,
  type Portfolio,
  type Position,
  type PositionUpdate,
  type Readable,
  sum,
  type TradingAPI,
  TradingWebSocket,
  type Unsubscribe,
} from "@openbell/sdk";

export interface Loaded<T> {
  value: T;
  loading: boolean;
  error: OpenbellError | null;
}

export interface Positions {
  positions: readonly Position[];
  /** In the account's currency; null where it is not known yet. */
  totalUnrealizedPnL: DecimalText;
}

/** Orders read at the start: the latest ones, and what is open. */
const ORDERS_READ = 100;
/** Money is read again this long after the last of a run of events. */
const MONEY_AFTER_MS = 250;

export class TradingStore {
  readonly api: TradingAPI;
  readonly socket: TradingWebSocket;
  private readonly orderCell = new Cell<Loaded<readonly Order[]>>(loadingOf([]));
  private readonly positionCell = new Cell<Loaded<Positions>>(
    loadingOf({ positions: [], totalUnrealizedPnL: "0" }),
  );
  private readonly portfolioCell = new Cell<Loaded<Portfolio | null>>(loadingOf(null));
  private readonly balanceCell = new Cell<Loaded<readonly Balance[]>>(loadingOf([]));
  private moneyTimer: ReturnType<typeof setTimeout> | undefined;
  private stopWaiting: Unsubscribe | null = null;

  constructor(api: TradingAPI, socket: TradingWebSocket) {
    this.api = api;
    this.socket = socket;
    socket.setCallbacks({
      onOrderUpdate: (order) => this.takeOrder(order),
      onPositionUpdate: (position) => this.takePosition(position),
      onTradeExecution: () => this.readMoneySoon(),
      onSnapshot: () => void this.refresh(),
      onError: () => undefined,
    });
  }

  get connection(): Readable<ConnectionState> {
    return this.socket.state;
  }
  get orders(): Readable<Loaded<readonly Order[]>> {
    return this.orderCell;
  }
  get positions(): Readable<Loaded<Positions>> {
    return this.positionCell;
  }
  get portfolio(): Readable<Loaded<Portfolio | null>> {
    return this.portfolioCell;
  }
  get balances(): Readable<Loaded<readonly Balance[]>> {
    return this.balanceCell;
  }

  /** Connect as soon as there is somebody to connect as, and stay connected until `close`. */
  open(): void {
    const begin = () => {
      if (this.api.canSignIn.get()) void this.socket.connect().catch(() => undefined); // the state tells why
    };
    this.stopWaiting = this.api.canSignIn.subscribe(begin);
    begin();
  }

  close(): void {
    this.stopWaiting?.();
    clearTimeout(this.moneyTimer);
    this.socket.disconnect();
  }

  /** Read everything anew. */
  async refresh(): Promise<void> {
    await Promise.all([this.readOrders(), this.readPositions(), this.readMoney()]);
  }

  /** Place an order. It is shown as soon as it is recorded. */
  async create(request: OrderRequest): Promise<Order> {
    return this.takeOrder(await this.api.createOrder(request));
  }

  async cancel(orderId: string): Promise<Order> {
    return this.takeOrder(await this.api.cancelOrder(orderId));
  }

  async modify(orderId: string, change: OrderChange): Promise<Order> {
    return this.takeOrder(await this.api.modifyOrder(orderId, change));
  }

  private takeOrder(order: Order): Order {
    const { value } = this.orderCell.get();
    const at = value.findIndex((one) => one.order_id === order.order_id);
    const known = value[at];
    if (known !== undefined && isOlder(order, known)) return known;
    const orders = at < 0 ? [order, ...value] : value.with(at, order);
    this.orderCell.set({ ...this.orderCell.get(), value: orders });
    if (order.status !== "open") this.readMoneySoon();
    return order;
  }

  private takePosition(update: PositionUpdate): void {
    const { positions } = this.positionCell.get().value;
    const known = positions.find((one) => one.position_id === update.position_id);
    const isNew = known === undefined && update.side !== "flat";
    const others = positions.filter((one) => one !== known);
    const changed =
      known === undefined || update.side === "flat"
        ? others
        : positions.map((one) => (one === known ? moved(one, update) : one));
    // A position's currency, value and fees are not on the socket: what is new, or adds up over currencies, is read.
    if (isNew || new Set(positions.map((one) => one.currency)).size > 1) {
      void this.readPositions();
      return;
    }
    const totalUnrealizedPnL = sum(changed.map((one) => one.unrealized_pnl));
    this.positionCell.set({ value: { positions: changed, totalUnrealizedPnL }, loading: false, error: null });
  }

  private async readOrders(): Promise<void> {
    await read(this.orderCell, async () => {
      const [open, latest] = await Promise.all([
        this.api.getOrders({ status: "open", per_page: ORDERS_READ }),
        this.api.getOrders({ per_page: ORDERS_READ }),
      ]);
      const ids = new Set(latest.map((order) => order.order_id));
      return [...latest, ...open.filter((order) => !ids.has(order.order_id))];
    });
  }

  private async readPositions(): Promise<void> {
    await read(this.positionCell, async () => {
      const page = await this.api.getPositionsPage();
      return { positions: page.positions, totalUnrealizedPnL: page.total_unrealized_pnl };
    });
  }

  private async readMoney(): Promise<void> {
    await Promise.all([
      read(this.portfolioCell, () => this.api.getPortfolio()),
      read(this.balanceCell, () => this.api.getBalances()),
    ]);
  }

  private readMoneySoon(): void {
    clearTimeout(this.moneyTimer);
    this.moneyTimer = setTimeout(() => void this.readMoney(), MONEY_AFTER_MS);
  }
}

function loadingOf<T>(value: T): Loaded<T> {
  return { value, loading: true, error: null };
}

async function read<T>(cell: Cell<Loaded<T>>, how: () => Promise<T>): Promise<void> {
  try {
    cell.set({ value: await how(), loading: false, error: null });
  } catch (error) {
    if (!(error instanceof OpenbellError)) throw error;
    cell.set({ ...cell.get(), loading: false, error });
  }
}

/** Events and answers travel on different roads: the older of two states of an order is not news. */
function isOlder(order: Order, known: Order): boolean {
  if (order.revision !== known.revision) return order.revision < known.revision;
  if (order.updated_at !== known.updated_at)
    return Date.parse(order.updated_at) < Date.parse(known.updated_at);
  return decimal(order.filled_quantity).lessThan(decimal(known.filled_quantity));
}

function moved(position: Position, update: PositionUpdate): Position {
  const { timestamp: _, average_price, ...changed } = update;
  return { ...position, ...changed, average_price: average_price ?? position.average_price };
}

/** Make a store for an account. */
export function tradingStore(api: TradingAPI, wsUrl: string | undefined): TradingStore {
  const credentials = async (how: { isRenewed: boolean }) => ({ token: await api.accessToken(how) });
  return new TradingStore(
    api,
    new TradingWebSocket({ credentials, ...(wsUrl === undefined ? {} : { url: wsUrl }) }),
  );
}
