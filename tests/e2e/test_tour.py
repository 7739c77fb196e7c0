"""The tour of the demo shop: offered once, by keyboard alone, and never again."""

from playwright.sync_api import Page, expect


def test_a_first_visit_is_offered_the_tour_which_shows_each_part_and_is_remembered(
    page: Page, heated_shop: str
) -> None:
    page.goto(heated_shop)
    tour = page.get_by_role("dialog", name="New here?")
    expect(tour).to_be_visible()
    tour.get_by_role("button", name="Start the tour").press("Enter")
    for title, part in [
        ("This is live", page.locator(".panel .card.toured")),
        ("Any time", page.get_by_role("region", name="Time")),
        ("Some visitors", page.get_by_role("group", name="Visitors")),
        ("What changed", page.get_by_role("group", name="Comparison")),
        ("All pages", page.get_by_role("dialog", name="Warm pages")),
    ]:
        expect(page.get_by_role("dialog", name=title)).to_be_visible()
        expect(part).to_be_visible()
        expect(page.locator(".toured")).to_have_count(1)
        expect(page.locator(".tour .next")).to_be_focused()
        page.keyboard.press("ArrowRight")
    expect(page.locator(".tour")).to_have_count(0)
    page.reload()
    expect(page.locator(".state")).to_contain_text("7 days")
    expect(page.locator(".tour")).to_have_count(0)


def test_who_declines_the_tour_is_not_asked_again(page: Page, heated_shop: str) -> None:
    page.goto(heated_shop)
    page.get_by_role("button", name="No, thanks").click()
    page.goto(f"{heated_shop}/basket")
    expect(page.locator(".state")).to_contain_text("no heat")
    expect(page.locator(".tour")).to_have_count(0)


def test_the_tour_goes_back_by_button_and_key_and_is_skipped(page: Page, heated_shop: str) -> None:
    page.goto(heated_shop)
    tour = page.locator(".tour")
    tour.get_by_role("button", name="Start the tour").click()
    tour.get_by_role("button", name="Next").click()
    expect(page.get_by_role("dialog", name="Any time")).to_be_visible()
    tour.get_by_role("button", name="Next").click()
    expect(page.get_by_role("group", name="Visitors")).to_be_visible()
    tour.get_by_role("button", name="Back").click()
    expect(page.get_by_role("dialog", name="Any time")).to_be_visible()
    expect(page.get_by_role("group", name="Visitors")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("dialog", name="This is live")).to_be_visible()
    expect(tour.get_by_role("button", name="Back")).to_be_hidden()
    expect(page.locator(".state")).to_contain_text("Live")
    tour.get_by_role("button", name="Skip").click()
    expect(tour).to_have_count(0)
    page.reload()
    expect(page.locator(".state")).to_contain_text("Live")
    expect(tour).to_have_count(0)


def test_escape_ends_the_tour_and_leaves_the_strip_open(page: Page, heated_shop: str) -> None:
    page.goto(heated_shop)
    tour = page.locator(".tour")
    tour.get_by_role("button", name="Start the tour").click()
    tour.get_by_role("button", name="Next").click()
    expect(page.locator("section.strip.toured")).to_be_visible()
    page.keyboard.press("Escape")
    expect(tour).to_have_count(0)
    expect(page.locator(".toured")).to_have_count(0)
    expect(page.get_by_role("region", name="Time")).to_be_visible()
    page.reload()
    expect(page.locator(".state")).to_contain_text("7 days")
    expect(tour).to_have_count(0)


def test_at_400_px_nothing_covers_what_a_step_is_about(page: Page, heated_shop: str) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(heated_shop)
    tour = page.locator(".tour")
    tour.get_by_role("button", name="Start the tour").click()
    expect(page.locator(".panel .card.toured")).to_be_visible()
    for title in ("Any time", "Some visitors", "What changed"):
        tour.get_by_role("button", name="Next").click()
        expect(page.get_by_role("dialog", name=title)).to_be_visible()
        expect(page.locator("section.strip.toured")).to_be_visible()
        expect(page.locator(".panel .card")).to_be_hidden()
        page.wait_for_function(
            """() => {
              const { shadowRoot } = document.querySelector("pageheat-overlay");
              const [tour, strip] = [".tour", ".strip"].map((it) =>
                shadowRoot.querySelector(it).getBoundingClientRect());
              return tour.top >= 0 && tour.bottom <= strip.top && strip.bottom <= innerHeight;
            }"""
        )
