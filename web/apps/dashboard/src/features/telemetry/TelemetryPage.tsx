/** Telemetry. */
export default function TelemetryPage() {
  return <div className="page">Telemetry</div>;
}
