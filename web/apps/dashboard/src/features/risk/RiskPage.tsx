/** Risk. */
export default function RiskPage() {
  return <div className="page">Risk</div>;
}
