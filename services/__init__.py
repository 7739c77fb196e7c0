"""The four services of Pageheat, and `contract`: what they have agreed on."""
