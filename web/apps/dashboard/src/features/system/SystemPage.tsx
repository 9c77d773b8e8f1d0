/** System. */
export default function SystemPage() {
  return <div className="page">System</div>;
}
