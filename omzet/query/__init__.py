"""One question, one answer: asked, compared and explained, as rows or tables."""
