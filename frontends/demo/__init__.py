"""The demo shop: a stoneware pottery, to try Pageheat on."""
