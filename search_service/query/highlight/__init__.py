"""Which places of a document's values a query found, as spans to highlight."""
