"""The watching side: any page of the site with its live heat laid over it, and the list of warm pages."""
