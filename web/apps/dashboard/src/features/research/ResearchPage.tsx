/** Research. */
export default function ResearchPage() {
  return <div className="page">Research</div>;
}
