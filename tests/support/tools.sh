#!/bin/sh
# What the tests need besides Python: Java and Maven for Kafka, and Chromium; Firefox and WebKit for the
# tests of other browsers, which are skipped without; Chromium's headless shell, which is faster; Prometheus'
# promtool for the tests of alarms and Caddy for those of TLS, skipped without. As root on Debian the script
# installs what is missing; elsewhere it lists it. `fonts` adds the fonts in which AdSERP's pages were laid out:
# with other fonts its clicks are on other elements.
set -eu

missing=""
command -v java >/dev/null || missing="$missing default-jre-headless"
command -v mvn >/dev/null || missing="$missing maven"
browsers="${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"
command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
    command -v google-chrome >/dev/null || ls -d "$browsers"/chromium-* >/dev/null 2>&1 ||
    missing="$missing chromium"

[ "${1:-}" != fonts ] || fc-list 2>/dev/null | grep -qi liberation || missing="$missing fonts-liberation"

others=""
command -v chromium-headless-shell >/dev/null || others="$others chromium-headless-shell"
command -v firefox-esr >/dev/null || command -v firefox >/dev/null || others="$others firefox-esr"
command -v WebKitWebDriver >/dev/null || others="$others webkit2gtk-driver"
command -v Xvfb >/dev/null || others="$others xvfb"
command -v promtool >/dev/null || others="$others prometheus"
command -v caddy >/dev/null || others="$others caddy"

[ -n "$missing$others" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing$missing$others"
    export DEBIAN_FRONTEND=noninteractive
    # What is installed is not to run as a service.
    policy=/usr/sbin/policy-rc.d
    [ -e $policy ] || {
        trap 'rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
    }
    apt-get update -qq
    apt-get install -qq --no-install-recommends $missing $others >/dev/null
elif [ -z "$missing" ]; then
    echo "some tests are skipped or slower: they need$others" >&2
else
    echo "the tests need$missing: install what is missing (Chromium also by .venv/bin/playwright install chromium)" >&2
    exit 1
fi
