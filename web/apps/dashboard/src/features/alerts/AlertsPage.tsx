/** Alerts. */
export default function AlertsPage() {
  return <div className="page">Alerts</div>;
}
