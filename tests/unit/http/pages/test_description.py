"""The description of the operations is a page that needs no other host and no script."""

import re

from search_service.http.openapi.document import describe
from search_service.http.pages.description import described
from search_service.http.pages.rendering import asset, page
from search_service.http.routes import OPERATIONS

DOCUMENT = describe(OPERATIONS)
SHOWN = described(DOCUMENT)
HTML = bytes(page("description", description=SHOWN).body).decode()


def test_every_operation_is_there_for_those_it_is_for() -> None:
    found = {(title, one.method, one.path) for title, some in SHOWN.groups for one in some}
    assert len(found) == len(OPERATIONS)
    assert ("For front ends", "POST", "/v1/search") in found
    assert ("For the catalogue server", "POST", "/icat.lucene/modify") in found


def test_properties_within_others_have_the_path_to_them() -> None:
    search = next(schema for schema in SHOWN.schemas if schema.name == "FrontEndSearch")
    rows = {row.name: row for row in search.rows}
    assert rows["entity"].required
    assert "facets[].ranges[].from" in rows
    assert "parameters[].lowerNumericValue" in rows


def test_a_type_leads_to_its_shape() -> None:
    named = set(re.findall(r'href="#(schema-[^"]+)"', HTML))
    assert named
    assert named <= set(re.findall(r'id="([^"]+)"', HTML))


def test_all_that_it_loads_comes_with_the_package() -> None:
    addresses = re.findall(r'(?:src|href)="([^"#]+)"', HTML)
    loaded = [one for one in addresses if one.startswith("/assets/")]
    assert loaded
    assert all(asset(one.removeprefix("/assets/")) is not None for one in loaded)
    assert not [one for one in addresses if "//" in one]
    assert "<script" not in HTML
    assert " style=" not in HTML


def test_markup_in_a_description_is_text() -> None:
    about = "<script>alert(1)</script>"
    operation = {"operationId": "x", "summary": about, "responses": {}}
    document = {"info": {}, "paths": {"/v1/x": {"get": operation}}, "components": {"schemas": {}}}
    html = bytes(page("description", description=described(document)).body).decode()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
