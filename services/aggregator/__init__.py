"""Counts events per tile over a hopping window: `clickstream-group-by-page` in, `heatmap` out."""
