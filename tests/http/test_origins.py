"""Pages of other sites: what they may ask, what they may read, what their requests execute."""

import httpx
import pytest

from graphql_brief.http.settings import BadSetting, HttpSettings
from tests.http.application import HOST, PATH, Application, Opening, code

OURS = f"https://{HOST}"
READER = "https://reader.example"
OTHER = "https://elsewhere.example"
HELLO = {"query": "{ __typename }"}
WRITE = 'mutation { revisePage(input: {slug: "why", title: "t", body: "b"}) { page { slug } } }'


@pytest.fixture
async def site(opening: Opening) -> Application:
    """An application that one other site may ask."""
    return await opening(HttpSettings(allowed_origins=(READER, "HTTPS://App.Example:443/")))


async def preflight(
    site: Application, origin: str, method: str = "POST", headers: str = "content-type"
) -> httpx.Response:
    """The answer to what a browser asks before it sends a request that is not simple."""
    asked = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
    }
    return await site.client.options(PATH, headers=asked)


async def test_preflight(site: Application) -> None:
    """An allowed site may send JSON and a token; another may not, nor other methods."""
    allowed = await preflight(site, READER, headers="authorization, content-type")
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == READER
    assert "POST" in allowed.headers["access-control-allow-methods"]
    assert "Origin" in allowed.headers["vary"]
    assert "access-control-allow-credentials" not in allowed.headers
    for refused in (
        await preflight(site, OTHER),
        await preflight(site, READER, method="DELETE"),
        await preflight(site, READER, headers="x-unknown"),
    ):
        assert refused.status_code == 400
    assert "access-control-allow-origin" not in (await preflight(site, OTHER)).headers


async def test_origins_are_written_in_any_form(site: Application) -> None:
    """Case, a default port and a last slash do not matter in the setting."""
    allowed = await site.post(HELLO, origin="https://app.example")
    assert allowed.headers["access-control-allow-origin"] == "https://app.example"


async def test_an_allowed_site_reads_answers_and_refusals(site: Application) -> None:
    """Also why its request was refused, whatever refused it."""
    for response in (
        await site.post(HELLO, origin=READER),
        await site.get("{ __typename }", origin=READER, sec_fetch_site="cross-site"),
        await site.post({}, origin=READER),
        await site.post(HELLO, origin=READER, authorization="Bearer x"),
        await site.post({"query": "x" * 1_000_001}, origin=READER),
    ):
        assert response.headers["access-control-allow-origin"] == READER
        assert "Origin" in response.headers["vary"]


async def test_answers_to_nobody_vary_too(site: Application) -> None:
    """A cache must not give a page the answer that was made for no page."""
    assert "Origin" in (await site.get("{ __typename }")).headers["vary"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": OTHER},
        {"origin": OTHER, "sec_fetch_site": "cross-site"},
        {"origin": "https://sub.briefs.example", "sec_fetch_site": "same-site"},
        {"origin": f"{OURS}:8443"},
        {"origin": f"{OURS}.elsewhere.example"},
        {"origin": f"{READER}.elsewhere.example"},
        {"origin": "null"},
        {"origin": "https://["},
        {"origin": ""},
        {"sec_fetch_site": "cross-site"},  # an image, a frame, a link
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "later-invention"},
    ],
    ids=str,
)
async def test_another_site_executes_nothing(
    site: Application, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by GET nor by POST, with or without a token; and it may not read the refusal."""

    async def executed(*_: object, **__: object) -> None:
        raise AssertionError("it was executed")

    monkeypatch.setattr(type(site.node.states), "get", executed)
    asked = {"query": '{ node(id: "page-why") { id } }'}
    for response in (
        await site.get(asked["query"], **headers),
        await site.post(asked, **headers),
        await site.post({"query": WRITE}, authorization=site.editor, **headers),
    ):
        assert response.status_code == 403
        assert code(response) == "CROSS_SITE"
        assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
    ],
)
async def test_what_a_page_may_send_unasked(site: Application, content_type: str | None) -> None:
    """A form or a text is not executed, be it from an old browser that says nothing of itself."""
    position = site.node.tail.position
    headers = {"authorization": site.editor}
    if content_type is not None:
        headers["content-type"] = content_type
    response = await site.client.post(
        PATH, content=httpx.Request("POST", OURS, json={"query": WRITE}).content, headers=headers
    )
    assert response.status_code == 415
    assert site.node.tail.position == position


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": OURS, "sec_fetch_site": "same-origin"},
        {"origin": OURS},
        {"origin": "https://outside.example", "sec_fetch_site": "same-origin"},  # behind a proxy
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_mode": "cors"},  # a client outside of browsers
    ],
    ids=str,
)
async def test_our_own_pages_and_other_clients(
    application: Application, headers: dict[str, str]
) -> None:
    """They ask freely, and need no header of any client's."""
    assert (await application.get("{ __typename }", **headers)).status_code == 200
    assert (await application.post(HELLO, **headers)).status_code == 200


async def test_all_sites(opening: Opening) -> None:
    """A star lets every page ask and read."""
    site = await opening(HttpSettings(allowed_origins=("*",)))
    assert (await preflight(site, OTHER)).headers["access-control-allow-origin"] == "*"
    response = await site.get("{ __typename }", origin=OTHER, sec_fetch_site="cross-site")
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("origin", ["reader.example", "https://reader.example/page", "", "null"])
def test_no_origin(origin: str) -> None:
    """What is no origin is refused at start, with what would be one."""
    with pytest.raises(BadSetting, match=r"https://reader\.example"):
        HttpSettings(allowed_origins=(origin,))
