/** Orders. */
export default function OrdersPage() {
  return <div className="page">Orders</div>;
}
