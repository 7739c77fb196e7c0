"""Pieces of markup that decide where a tag begins and ends, to be put together at random."""

PIECES = (
    *("<", ">", "</", "=", "'", '"', "<!--", "-->", "]]>", " ", "x"),
    *("<script>", "</script>", "<style>", "</style>", "<svg>", "</svg>", "<title>", "</title>", "<p>"),
)
