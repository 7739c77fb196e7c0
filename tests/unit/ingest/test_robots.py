"""Robots by their user agents."""

import pytest

from pageheat.services.ingest.robots import MAX_AGENT_CHARS, is_robot

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    "agent",
    [
        f"Mozilla/5.0 {WEBKIT}; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/142.0.0.0",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        f"Mozilla/5.0 {WEBKIT}; compatible; GPTBot/1.2; +https://openai.com/gptbot",
        f"Mozilla/5.0 {WEBKIT}; compatible; ClaudeBot/1.0; +claudebot@anthropic.com",
        "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
        "Mozilla/5.0 (compatible; Baiduspider-render/2.0; +http://www.baidu.com/search/spider.html)",
        "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
        f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/142.0.0.0 Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 11) {WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse",
        f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36 PTST/250101",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 (Windows NT 6.1; Win64; x64) GTmetrix",
        "ia_archiver",
        # robots that pretend to be telephones
        f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) {WEBKIT} Chrome/142.0.0.0 Mobile "
        "Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        f"Mozilla/5.0 (Linux; Android 5.0) {WEBKIT} Mobile Safari/537.36 (compatible; Bytespider; "
        "https://zhanzhang.toutiao.com/)",
        f"Mozilla/5.0 (Linux; Android 7.0;) {WEBKIT} Mobile Safari/537.36 (compatible; PetalBot;"
        "+https://webmaster.petalsearch.com/site/petalbot)",
        "Mozilla/5.0 (Linux;u;Android 4.2.2;zh-cn;) AppleWebKit/534.46 (KHTML,like Gecko) Version/5.1 Mobile "
        "Safari/10600.6.3 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
        "Mozilla/5.0 (compatible; SomeBot/1.0; Android 10; +https://bot.example)",
        f"Mozilla/5.0 (Linux; Android 11; moto g power (2022)) {WEBKIT} Chrome/119.0 Chrome-Lighthouse",
        "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
        "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/116.0 Safari/537.36 BingPreview/1.0b",
        "W3C_Validator/1.3",
        "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
    ],
)
def test_robots_are_recognized(agent: str) -> None:
    assert is_robot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile",
        f"Mozilla/5.0 (Linux; Android 10; CUBOT X30) {WEBKIT} Chrome/120.0.0.0 Mobile Safari/537.36",
        # telephones that are called like robots
        f"Mozilla/5.0 (Linux; Android 7.0; M bot 60) {WEBKIT} Chrome/106.0.0.0 Mobile Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 7.0; M bot 60 Build/NRD90M; wv) {WEBKIT} Version/4.0 Chrome/90.0",
        "Dalvik/2.1.0 (Linux; U; Android 6.0; M_bot_51 Build/MRA58K)",
        "UCWEB/2.0 (MIDP-2.0; U; Adr 7.0; en-US; M_bot_60) U2/1.0.0 UCBrowser/10.9 U2/1.0.0 Mobile",
        "Instagram 300.0.0.29.110 Android (24/7.0; 320dpi; 720x1184; bq; M bot 60; M_bot_60; mt6735; en_GB)",
        "Instagram 300.0.0.29.110 Android (29/10; 480dpi; 1080x2280; CUBOT; CUBOT X30; X30; mt6771; de_DE)",
        "Mozilla/5.0 (Android 12; Mobile; CUBOT P60; rv:145.0) Gecko/145.0 Firefox/145.0",
        f"Mozilla/5.0 (Linux; U; Android 4.4.2; ru-ru; Highscreen Spider Build/KOT49H) {WEBKIT} Mobile",
        f"Mozilla/5.0 (Linux; Android 12; moto g power (2022) robot edition) {WEBKIT} Chrome/142.0 Mobile",
        "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0 Bottler/1.0",
        f"Mozilla/5.0 (Linux; Android 14; SM-S918B) {WEBKIT} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile",
        "Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 Version/4.0 Chrome/142.0 [FBAN/EMA;FBAV/1]",
        "Python/3.11 websockets/17.4",  # the site's own program, as in 2006
        "curl/8.5.0",
    ],
)
def test_browsers_and_plain_programs_are_no_robots(agent: str) -> None:
    assert not is_robot(agent)


def test_only_the_beginning_of_a_long_name_is_searched() -> None:
    assert not is_robot("a" * MAX_AGENT_CHARS + "bot")
