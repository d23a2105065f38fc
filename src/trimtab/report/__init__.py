"""Reports: the facts of a scorecard as a document, and the document as HTML, Markdown or JSON."""
