/** Catalog. */
export default function CatalogPage() {
  return <div className="page">Catalog</div>;
}
