"""Joins ES modules into the one classic script that a page's tag names, and minifies it. No I/O.

Joining only removes words, so modules use nothing but `import { name, … } from "./module.js";`, without `as`,
and `export const`. They share one scope in the script, so each name is declared in one module only.
"""

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import rjsmin

from pageheat.frontends.tracker.renaming import shorten
from pageheat.frontends.tracker.trimming import join_declarations, numbers_of, trim, without_numbers
from pageheat.services.contract.errors import PageheatError

_IMPORT = re.compile(r'^import \{\s*\w+(?:,\s*\w+)*,?\s*\} from "\./([\w-]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const )", re.MULTILINE)
_CAST = re.compile(r"/\*\* @type .*? \*/ ?(?:\((\w+)\))?")
_NOT_JOINED = re.compile(r"\b(?:import|export)\b.{0,60}")


class NotJoinable(PageheatError):
    """The modules use a form of import or export that cannot be joined."""


def join(entry: str, modules: Mapping[str, str]) -> str:
    """The minified script: `entry` and the modules that it imports, each after its own imports.

    Args:
        entry: a name in `modules`.
        modules: file name → source.

    Raises:
        NotJoinable: an import or export has another form, an imported module is missing, or imports
            form a circle.
    """
    imports: dict[str, list[str]] = {}
    wanted = [entry]
    while wanted:
        name = wanted.pop()
        if name not in modules:
            raise NotJoinable(f"{name} is imported, but is not among {', '.join(sorted(modules))}")
        if name not in imports:
            imports[name] = _IMPORT.findall(modules[name])
            wanted += imports[name]
    try:
        order = [*TopologicalSorter(imports).static_order()]
    except CycleError as error:
        raise NotJoinable(f"modules import each other: {' ← '.join(error.args[1])}") from None
    # A cast within a template would stay, as that is text.
    sources = {name: _CAST.sub(r"\1", modules[name]) for name in order}
    bodies = "\n".join(_body(name, without_numbers(source)) for name, source in sources.items())
    numbers = {name: number for source in sources.values() for name, number in numbers_of(source).items()}
    script = shorten(
        trim(rjsmin.jsmin(bodies), numbers), [rjsmin.jsmin(source) for source in sources.values()]
    )
    return f'(()=>{{"use strict";{join_declarations(script).removesuffix(";")}}})();'


def _body(name: str, source: str) -> str:
    body = _EXPORT.sub("", _IMPORT.sub("", source))
    if other := _NOT_JOINED.search(rjsmin.jsmin(body)):
        raise NotJoinable(
            f'{name} has `{other[0]}`; write `import {{ name, … }} from "./module.js";` or `export const`'
        )
    return body
