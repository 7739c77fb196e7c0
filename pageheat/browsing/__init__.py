"""Looks at a page in a real browser: finds one, drives it by Chrome's DevTools Protocol, says what it saw."""
