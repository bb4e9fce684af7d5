"""The answer drawn as SVG, one file a chart."""
