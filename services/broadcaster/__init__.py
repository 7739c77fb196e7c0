"""Pushes each new grid of a page to everyone who watches that page: `heatmap` in, WebSockets out."""
