/** Strategies. */
export default function StrategiesPage() {
  return <div className="page">Strategies</div>;
}
