"""Pushes each new grid of a page to the page's viewers: `heatmap` in, WebSockets out."""
