"""uvicorn's protocols as the proxy of a site needs them."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

STATUS_LINE.update({status: b"HTTP/1.1 %d \r\n" % status for status in range(600, 1000)})
"""Sites send such statuses (LinkedIn 999), and browsers show the page. uvicorn has lines for 100 to 599."""
