"""The IDE, as a person uses it."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.cli.server import Server

SLUG = "americas-second-exit-from-iraq"
BRIEF = f'{{ brief(by: {{slug: "{SLUG}"}}) {{ version liveCursor }} }}'
EDIT = """mutation($text: String!) {
  editBrief(input: {
    id: "brief-iraqexit", changeNote: "n", significance: MINOR
    edits: [{reviseStandfirst: {standfirst: $text}}]
  }) { brief { version } userErrors { message } }
}"""


@pytest.fixture
def ide(page: Page, server: Server) -> Page:
    """The page, when it knows the schema."""
    page.goto(server.url.replace("/graphql", "/ide"))
    page.wait_for_selector("html[data-ready]")
    return page


def edit(server: Server, text: str) -> int:
    """The version that an edit made."""
    answer = server.ask(EDIT, {"text": text}, server.editor)["editBrief"]
    assert answer["userErrors"] == []
    version: int = answer["brief"]["version"]
    return version


def write(ide: Page, variables: dict[str, Any]) -> None:
    """Put these variables in the place of those there are."""
    ide.get_by_label("Variables, as JSON").first.fill(json.dumps(variables))


def test_an_example_is_run(ide: Page) -> None:
    """The first one is there when the page opens; the keyboard runs it."""
    ide.get_by_label("GraphQL document").press("Control+Enter")
    expect(ide.locator("#status")).to_contain_text("200 OK")
    expect(ide.locator("#answer")).to_contain_text(
        '"headline": "America leaves Iraq a second time"'
    )
    ide.get_by_text("Headers", exact=True).click()
    expect(ide.locator("#headers")).to_contain_text("application/graphql-response+json")


def test_an_answer_that_did_not_change(ide: Page) -> None:
    """Asked again by GET, with its ETag, nothing is sent; the page shows what it has."""
    ide.get_by_label("Method").select_option("GET")
    ide.get_by_role("button", name="Run").click()
    expect(ide.locator("#status")).to_contain_text("200 OK")
    ide.get_by_role("button", name="Run").click()
    expect(ide.locator("#status")).to_contain_text("304")
    expect(ide.locator("#status")).to_contain_text("the answer is the one of before")
    expect(ide.locator("#answer")).to_contain_text(
        '"headline": "America leaves Iraq a second time"'
    )


def test_an_edit_arrives_and_what_was_missed_too(ide: Page, server: Server) -> None:
    """A subscription shows an edit; stopped, it goes on after the last one that it showed."""
    start = server.ask(BRIEF)["brief"]["liveCursor"]
    ide.get_by_role("button", name="Each edit of one brief").click()
    write(ide, {"slug": SLUG, "after": start})
    ide.get_by_role("button", name="Run").click()
    expect(ide.locator("#status")).to_contain_text("Listening")
    first = edit(server, "Words that arrive")
    expect(ide.locator(".events li")).to_have_count(1)
    expect(ide.locator(".events li").first).to_contain_text(f'"version": {first}')
    ide.get_by_role("button", name="Stop").click()
    expect(ide.locator("#status")).to_have_text("Stopped. 1 event.")
    second = edit(server, "Words that were missed")
    ide.get_by_role("button", name="Go on after the last one").click()
    expect(ide.locator(".events li")).to_have_count(1)
    expect(ide.locator(".events li").first).to_contain_text(f'"version": {second}')


def test_a_token_is_used_and_not_kept_for_others(ide: Page, server: Server) -> None:
    """The page says who asks; a log that was hidden is shown; no other tab has the token."""
    ide.get_by_text("Token", exact=True).click()
    ide.get_by_label("Bearer token").fill(server.auditor)
    ide.get_by_label("Bearer token").press("Enter")
    expect(ide.locator("#viewer")).to_have_text("You ask as auditor-local · AUDIT")
    ide.get_by_role("button", name="The log itself").click()
    ide.get_by_role("button", name="Run").click()
    expect(ide.locator("#answer")).to_contain_text('"leafHash"')
    assert server.auditor not in ide.evaluate("() => JSON.stringify(localStorage)")


def test_a_mistake_leads_to_its_place(ide: Page) -> None:
    """The error names its code, and a button selects the word at fault."""
    document = ide.get_by_label("GraphQL document")
    document.fill("{\n  viewer { audiance }\n}\n")
    document.press("Control+Enter")
    expect(ide.locator(".errors")).to_contain_text("GRAPHQL_VALIDATION_FAILED")
    ide.get_by_role("button", name="line 2").click()
    chosen = document.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
    assert chosen == "audiance"


def test_the_schema_is_searched_and_clicked_through(ide: Page) -> None:
    """From words to a type, from a type to that of a field, and back."""
    ide.get_by_role("button", name="Schema", exact=True).click()
    ide.get_by_label("Search the schema").fill("liveCursor")
    ide.get_by_role("button", name="Brief.liveCursor").click()
    expect(ide.locator("#explored h2")).to_have_text("type Brief")
    ide.locator("#explored dt", has_text="status: ").get_by_role("button").click()
    expect(ide.locator("#explored h2")).to_have_text("enum BriefStatus")
    ide.get_by_role("button", name="← Brief").click()
    expect(ide.locator("#explored h2")).to_have_text("type Brief")


def test_names_are_completed(ide: Page) -> None:
    """By typing and Enter; Tab leaves the editor, as everywhere, once the list is closed."""
    document = ide.get_by_label("GraphQL document")
    document.fill("")
    document.press_sequentially("{ vie")
    document.press("Enter")
    document.press_sequentially(" { aud")
    expect(ide.get_by_role("listbox")).to_contain_text("audienceAudience!")
    document.press("Tab")
    document.press_sequentially(" } }")
    assert document.input_value() == "{ viewer { audience } }"
    document.press("Tab")
    expect(document).not_to_be_focused()


def test_a_list_that_is_open_does_not_hinder_running(ide: Page) -> None:
    """Ctrl-Enter runs what stands there and takes nothing from the list."""
    document = ide.get_by_label("GraphQL document")
    document.fill("{ __typename }")
    document.press("End")
    document.press_sequentially(" q")
    document.press("Backspace")
    document.press("Control+Space")
    expect(ide.get_by_role("listbox")).to_be_visible()
    document.press("Control+Enter")
    expect(ide.locator("#status")).to_contain_text("200 OK")
    expect(ide.get_by_role("listbox")).to_be_hidden()


OFFERED: list[tuple[str, set[str]]] = [
    ("|", {"query", "mutation", "subscription"}),
    ("{ bri|", {"brief", "briefs"}),
    ("{ brief(|", {"by", "at", "minPosition"}),
    ("{ brief(by: {|", {"id", "slug"}),
    ('{ brief(by: {slug: "a"}, |', {"at"}),
    ('{ a: brief(by: {slug: "a{("}) { stat|', {"status", "statusReason"}),
    ("{ briefs(orderBy: |", {"UPDATED", "HEADLINE"}),
    ("{ briefs { edges { node { latestD|", {"latestDevelopment"}),
    ('{ node(id: "a") { ... on Brie|', {"Brief"}),
    ('{ node(id: "a") { ... on Brief { timeline(first: 1) { tot|', {"totalCount"}),
    ("query Q($by: Brie|", {"BriefBy", "BriefOrder"}),
    ("query Q($by: BriefBy!) { brief(by: |", {"$by"}),
    ('subscription { briefUpdates(by: {id: "a"}) { ... on BriefUpdate { cha|', {"changes"}),
    ("mutation { editBrief(input: {edits: [{addDevelopment: {hea|", {"headline"}),
    ('mutation { editBrief(input: {edits: [{addSource: {key: "a"}} {pin|', {"pinDevelopment"}),
    ("fragment F on Bri| ", {"Brief"}),
    ("fragment F on Brief { slug } { brief { ...|", {"on", "F"}),
    ("{ viewer @incl|", {"include"}),
    ("{ viewer @include(|", {"if"}),
    ("# {|", set()),
    ('{ brief(by: {slug: "vie|"', set()),
]
"""Documents, with a bar where the caret is, and some of what is offered there; nothing: nothing."""


def test_what_is_offered_where(ide: Page) -> None:
    """By the schema, whatever stands before."""
    found = ide.evaluate(
        """async (places) => {
          const [{suggest}, {introspect}, {ask}] = await Promise.all(
            ["complete", "schema", "ask"].map((name) => import(`/ide/${name}.js`)));
          const {schema} = await introspect((asked) => ask(asked));
          return places.map(([text, offset]) =>
            suggest(schema, text, offset).options.map(({text}) => text));
        }""",
        [[text.replace("|", ""), text.index("|")] for text, _ in OFFERED],
    )
    for (text, offered), names in zip(OFFERED, found, strict=True):
        assert offered <= set(names), text
        assert bool(names) == bool(offered), text


def test_a_server_that_hides_its_schema(page: Page, server: Server) -> None:
    """The page says so in words, and runs operations all the same."""

    def hide(route: Route) -> None:
        if "__schema" in (route.request.post_data or ""):
            body = {"errors": [{"message": "There is nothing to see."}]}
            route.fulfill(status=400, content_type="application/json", body=json.dumps(body))
        else:
            route.continue_()

    page.route("**/graphql", hide)
    page.goto(server.url.replace("/graphql", "/ide"))
    page.wait_for_selector("html[data-ready]")
    page.get_by_role("button", name="Schema", exact=True).click()
    expect(page.locator("#explored")).to_contain_text("introspection is switched off")
    expect(page.locator("#explored")).to_contain_text("There is nothing to see.")
    page.get_by_label("GraphQL document").press("Control+Enter")
    expect(page.locator("#status")).to_have_text(re.compile("^200 OK"))
