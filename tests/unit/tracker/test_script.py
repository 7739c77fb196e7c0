import gzip
import re
from pathlib import Path

import pytest

from pageheat.frontends import tracker
from pageheat.frontends.tracker import scripts
from pageheat.frontends.tracker.joining import NotJoinable, join
from pageheat.frontends.tracker.renaming import shorten
from pageheat.services.contract.pages import Pages
from pageheat.services.contract.script import Script

GZIP_TIME = slice(4, 8)
"""Where gzip's header keeps the time (RFC 1952, 2.3)."""

MAX_BYTES = {"tracker.js": 5120, "behaviour.js": 2560, "seldom.js": 1280}
"""Limits of each script as served, minified and gzipped: the cost of each visit, except of `seldom.js`."""

NAMING_BYTES = 320
"""What more it costs where not only paths tell pages apart."""

TELLING = Pages.parse(query="id,p,title", hash_routes=True)

DECLARED = re.compile(r"^(?:export )?const (\w+)", re.MULTILINE)
IMPORTED = re.compile(r'^(?:import .*|\} )from "\./([\w-]+\.js)";$', re.MULTILINE)

each_script = pytest.mark.parametrize("script", scripts().values(), ids=scripts().keys())


def test_each_script_stays_within_its_size() -> None:
    sizes = {name: len(script.gzipped) for name, script in scripts().items()}
    assert sizes.keys() == MAX_BYTES.keys()
    assert all(sizes[name] <= most for name, most in MAX_BYTES.items()), sizes


def test_only_sites_whose_pages_differ_by_more_than_paths_pay_for_it() -> None:
    plain, telling = scripts(), scripts(TELLING)
    assert telling["behaviour.js"] == plain["behaviour.js"]
    assert len(telling["tracker.js"].gzipped) <= len(plain["tracker.js"].gzipped) + NAMING_BYTES
    assert scripts(Pages.parse(masks="/user/*", suffixes="/")) == plain


def test_the_served_script_changes_with_the_settings_and_only_with_them() -> None:
    etags = [scripts(pages)["tracker.js"].etag for pages in (TELLING, Pages.parse(query="id"))]
    assert len({*etags, scripts()["tracker.js"].etag}) == 3
    again = Pages.parse(query="id, p,title,", hash_routes=True)
    assert scripts(again)["tracker.js"] == scripts(TELLING)["tracker.js"]


@each_script
def test_both_encodings_are_the_same_script_under_one_weak_etag(script: Script) -> None:
    assert gzip.decompress(script.gzipped) == script.body
    assert script.etag.startswith('W/"')


@each_script
def test_every_instance_serves_the_same_bytes(script: Script) -> None:
    assert script.gzipped[GZIP_TIME] == bytes(4)


def test_modules_are_bundled_in_one_strict_scope_each_after_its_imports() -> None:
    modules = {
        "top.js": 'import { a } from "./a.js";\nimport {\n  b,\n  c,\n} from "./b.js";\na(b, c);\n',
        "a.js": '/** Exports a. */\nimport { b } from "./b.js";\n\nexport const a = () => b;\n',
        "b.js": "export const b = 1;\nexport const c = 2;\n",
        "apart.js": "export default 3;\n",
    }
    assert join("top.js", modules) == ('(()=>{"use strict";let a=1,b=2,c=()=>a;c(a,b)})();')


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('import { b as c } from "./b.js";', "b as c"),
        ('import b from "./b.js";', "import b"),
        ('import * as b from "./b.js";', r"\*as b"),
        ('import "./b.js";', "import"),
        ('import { b } from "b";', 'from"b"'),
        ('const b = () => import("./b.js");', "import"),
        ('export { b } from "./b.js";', "export"),
        ("export default 1;", "export default 1"),
        ("export let a = 1;", "export let a=1"),
        ('import { c } from "./c.js";', "c.js is imported, but is not among a.js, b.js"),
        ('import { b } from "./b.js";\nexport const a = 1;', "import each other: .*b.js"),
    ],
)
def test_modules_that_would_be_bundled_wrongly_are_refused(source: str, told: str) -> None:
    with pytest.raises(NotJoinable, match=told):
        join("a.js", {"a.js": source, "b.js": 'import { a } from "./a.js";\nexport const b = 1;'})


def test_every_module_is_in_a_script_and_every_name_is_unique() -> None:
    files = {file.name: file.read_text("utf-8") for file in Path(tracker.__file__).parent.glob("*.js")}
    names = [name for source in files.values() for name in DECLARED.findall(source)]
    assert len(names) == len(set(names))
    imported = {name for source in files.values() for name in IMPORTED.findall(source)}
    assert files.keys() == imported | scripts().keys() | {"naming.js"}


@pytest.mark.parametrize(
    ("source", "short"),
    [
        ("const first=1;const second=(third)=>first+third;", "const a=1;const b=(c)=>a+c;"),
        # Functions, methods and blocks may have the same names, which hide no other that they use.
        (
            "const first=(one,two)=>{if(one){const three=two;two(three)}};const second=(one)=>{first(one)};",
            "const a=(b,c)=>{if(b){const a=c;c(a)}};const b=(c)=>{a(c)};",
        ),
        ("const first={second(third){first(third)}};", "const a={second(b){a(b)}};"),
        # Not a property, nor the key of a literal or pattern; but the variable that is named like one.
        (
            "const first=1;const get=({second})=>second.first+second+second;",
            "const a=1;const b=({second:a})=>a.first+a+a;",
        ),
        (
            "const first=1;f({first,second:first,third:x?first:0});",
            "const a=1;f({first:a,second:a,third:x?a:0});",
        ),
        # Not a global of the browser, though another module declares such a name.
        ("const scrollX=1;const second=scrollX+scrollY;", "const scrollX=1;const a=scrollX+scrollY;"),
        # No text; in templates only expressions.
        (
            "const first=/first/.test('first')&&`first${first}`;",
            "const a=/first/.test('first')&&`first${a}`;",
        ),
    ],
)
def test_variables_have_short_names_and_nothing_else_has(source: str, short: str) -> None:
    assert shorten(source, [source, "const second=scrollX;const scrollY=2;"]) == short


@pytest.mark.parametrize(
    ("source", "script"),
    [
        ("const MS = 1_000; // why\nexport const MOST = 2 * MS;\nf(MS, MOST);", "let a=2*1000;f(1000,a)"),
        ("const PX = 10;\nf('PX', `${PX} PX`, /PX,}/);", "f('PX',`${10} PX`,/PX,}/)"),
        ("const a = [\n  1,\n  { b: 2, },\n];\nif (a) { f(a,); }", "let a=[1,{b:2}];if(a){f(a)}"),
        ("for (const [a, b] of c) f(a, b);", "for(let[a,b]of c)f(a,b)"),
    ],
)
def test_what_only_readers_need_is_left_out(source: str, script: str) -> None:
    assert join("a.js", {"a.js": source}) == f'(()=>{{"use strict";{script}}})();'
