"""The short way to an order's status and the long one: the same answer to everything, byte for byte."""

from itertools import product
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from svro.api import short_way
from svro.casework import orders
from svro.records import Database
from tests.api.conftest import PURPOSE, World, considered, granted, to_court

PERSON = {"family_name": "Fennimore", "given_name": "Ossian", "date_of_birth": "1995-06-21"}


@pytest.fixture
async def order(world: World) -> str:
    made = await granted(world, await to_court(world, await considered(world, PERSON)))
    return str(made["order_id"])


@pytest.fixture
def shortly(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the short way answered."""
    answered: list[object] = []
    real = short_way.answer

    def noting(view: Any) -> Any:
        answered.append(view)
        return real(view)

    monkeypatch.setattr(short_way, "answer", noting)
    return answered


def whole(answer: httpx.Response) -> tuple[Any, ...]:
    """Everything that a client is sent."""
    return answer.status_code, answer.headers.raw, answer.content


async def both(world: World, method: str, url: str, headers: list[tuple[str, str]]) -> tuple[Any, Any]:
    """The answer with the short way open, and with it shut."""
    async with httpx.AsyncClient(transport=world.transport, base_url="http://svro.test") as client:
        one = whole(await client.request(method, url, headers=headers))
        with pytest.MonkeyPatch.context() as shut:
            shut.setattr(short_way, "_plain", lambda _: None)
            return one, whole(await client.request(method, url, headers=headers))


WHO = [None, *(f"{role}.merseyside" for role in ("PLO", "CON", "CLK", "SOL", "PAN")), "PLO.sussex", "nobody"]
WHY: list[dict[str, str]] = [
    PURPOSE,
    {},
    {"Svro-Purpose": "casework"},
    {"Svro-Purpose": "curiosity", "Svro-Reference": "x"},
]
MORE = ["", "?", "?at=2024-04-01T00:00:00Z", "?at=2024-04-01T00:00:00", "?known_at=never", "?at=", "?what=1"]
SHAPES = [
    "/api/v1/orders/{}/status",
    "/api/v1/orders/{}/status/",
    "/api/v1//orders/{}/status",
    "/api/v1/orders/{}/statuses",
    "/api/v1/orders/{}%0A/status",
]


async def test_both_ways_answer_the_same_to_everything(
    world: World, order: str, shortly: list[object]
) -> None:
    ids = [order, "0" * 32, order.upper(), order[:-1], "x"]
    asked = [
        *product(["GET"], WHO, [SHAPES[0].format(id_) for id_ in ids[:2]], WHY),
        *product(["GET"], WHO[:2], [SHAPES[0].format(order) + more for more in MORE], WHY[:2]),
        *product(["GET"], WHO[:2], [shape.format(id_) for shape in SHAPES for id_ in ids], WHY[:1]),
        *product(["HEAD", "POST", "OPTIONS", "DELETE"], WHO[:2], [SHAPES[0].format(order)], WHY[:1]),
    ]
    statuses = set()
    for method, who, url, why in asked:
        token = {"Authorization": f"Bearer {who}"} if who else {}
        one, other = await both(world, method, url, [*(token | why).items()])
        assert one == other, (method, who, url, why)
        statuses.add(one[0])
    assert statuses >= {200, 400, 401, 404, 405}
    assert shortly


ODD = [
    [("Host", "svro test")],
    [("Host", "svro.test:8000")],
    [("Host", "[::1]:8000")],
    [("Host", "a<b>")],
    [("Authorization", "bearer  PLO.merseyside ")],
    [("Authorization", "Basic PLO.merseyside")],
    [("Authorization", "Bearer")],
    [("Svro-Reference", "OP\t1"), ("Svro-Purpose", "casework")],
    [("Accept", "text/html")],
    [("Cookie", "svro_demo=x"), ("X-Forwarded-Host", "elsewhere")],
]


async def test_odd_headers_make_no_difference_between_the_ways(world: World, order: str) -> None:
    sent = {"Authorization": "Bearer PLO.merseyside", **PURPOSE}
    for headers in ODD:
        one, other = await both(world, "GET", SHAPES[0].format(order), [*(sent | dict(headers)).items()])
        assert one == other, headers


async def test_a_plain_yes_goes_the_short_way_and_nothing_else_does(
    world: World, order: str, shortly: list[object]
) -> None:
    assert (await world.ask("PLO.merseyside", "GET", f"/orders/{order}/status")).status_code == 200
    assert len(shortly) == 1
    assert short_way.TEMPLATE in {route.path_format for route in world.app.routes}
    assert (await world.ask("PLO.merseyside", "GET", f"/orders/{order}/status?known_at=")).status_code != 500
    assert (await world.ask("PLO.sussex", "GET", f"/orders/{order}/status")).status_code == 404
    assert len(shortly) == 1


async def test_a_database_out_of_reach_is_explained_once_and_the_same(
    world: World, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_: object) -> Any:
        raise OperationalError("SELECT", None, OSError("gone"), connection_invalidated=True)

    monkeypatch.setattr(orders, "status", lost)
    sent = [("Authorization", "Bearer PLO.merseyside"), *PURPOSE.items()]
    one, other = await both(world, "GET", SHAPES[0].format(order), sent)
    assert one == other
    assert one[0] == 503
    assert b"try again" in one[2]


async def test_before_anybody_has_an_account_both_ways_are_shut(database: Database) -> None:
    shut = World(database)
    one, other = await both(shut, "GET", SHAPES[0].format("0" * 32), [("Authorization", "Bearer x")])
    assert one == other
    assert one[0] == 503
