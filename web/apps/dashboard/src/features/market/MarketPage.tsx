/** Market. */
export default function MarketPage() {
  return <div className="page">Market</div>;
}
