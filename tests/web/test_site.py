"""The frame of every page: the start page, why somebody looks, refusals, dates as people read them."""

from tests.web.conftest import World


async def test_a_stranger_reads_what_this_is_for_and_the_way_to_sign_in(world: World) -> None:
    page = await world.browser(None).get("/")
    assert page.status == 200, page.text
    assert page.heading == "Serious violence reduction orders"
    assert "/sign-in" in page.hrefs()
    assert "/people" not in page.hrefs()
