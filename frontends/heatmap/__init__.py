"""The heat-map front end: any page of the site with a live heat overlay, and the list of warm pages."""
