"""The OpenAPI document of the history, made from its questions and the types of its answers. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec

from pageheat.services.history.kinds import KINDS, ROOT, Kind
from pageheat.services.history.queries.reached import STORED_TO
from pageheat.services.history.requests import MAX_TEXT

VERSION = "1"

_REFUSALS = {
    "400": "a parameter is unknown or has a value that is not allowed",
    "401": "an access token is needed, or it is not valid",
    "403": "the token does not cover the page, or the host or origin is not one of ours",
    "404": "there is no such question; or nothing to draw in the range",
    "503": "the question needs too much, or too many wait; ask again or for less",
}

_HEADERS = {
    "ETag": {
        "description": "of a range that has ended: whether its answer has changed since",
        "schema": {"type": "string"},
    },
    STORED_TO: {
        "description": "until when the answer is complete, ms since the epoch, as stored-to in JSON; absent "
        "if that is not known",
        "schema": {"type": "integer"},
    },
}


def document(url: str) -> dict[str, Any]:
    """The document; `url` is where the history is reached."""
    shapes = [kind.shape for kind in KINDS]
    schemas, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pageheat: history", "version": VERSION},
        "servers": [{"url": url}],
        "security": [{"token": []}, {}],
        "paths": {
            f"{ROOT}/{kind.path}{'/{path}' if kind.of_page else ''}": {"get": _operation(kind, schema)}
            for kind, schema in zip(KINDS, schemas, strict=True)
        },
        "components": {
            "schemas": {
                **components,
                "Refusal": {
                    "type": "object",
                    "properties": {"error": {"type": "string"}},
                    "required": ["error"],
                },
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(kind: Kind, schema: dict[str, Any]) -> dict[str, Any]:
    refusal = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    is_picture = kind.shape is bytes
    content: dict[str, Any] = {"image/png": {}} if is_picture else {"application/json": {"schema": schema}}
    if any(parameter.name == "format" for parameter in kind.parameters):
        content["text/csv"] = {"schema": {"type": "string"}}
    return {
        "operationId": kind.path.replace("/", "_"),
        "summary": kind.meaning,
        "parameters": _parameters(kind),
        "responses": {
            "200": {"description": "the answer", "content": content, "headers": _HEADERS},
            "304": {"description": "the answer has the tag that If-None-Match names"},
            **{code: {"description": text, "content": refusal} for code, text in _REFUSALS.items()},
        },
    }


def _parameters(kind: Kind) -> Sequence[dict[str, Any]]:
    path = {
        "name": "path",
        "in": "path",
        "required": True,
        "description": "the page's path without its first slash; a pattern for a group",
        "schema": {"type": "string", "maxLength": MAX_TEXT},
    }
    query = [
        {
            "name": parameter.name,
            "in": "query",
            "description": parameter.meaning,
            "schema": parameter.schema,
        }
        for parameter in kind.all_parameters
    ]
    return [path, *query] if kind.of_page else query
