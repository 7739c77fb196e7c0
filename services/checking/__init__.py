"""Why a page has no heat: what is known of a page in, findings out. No I/O."""
