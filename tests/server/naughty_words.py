# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that programs stumble over: as bytes, since some are no text at all. And what may be shown of them."""
import re

RAW = {
    "NUL": b"a\x00b",
    "escape": b"\x1b[31mred\x1b[0m",
    "a title for the terminal": b"\x1b]0;owned\x07",
    "clear": b"\x1b[2J\x1b[H",
    "C1 escape": "\u009b31m".encode(),
    "line ends": b"one\r\ntwo\nthree\rfour",
    "line separators": "one\u2028two\u2029three".encode(),
    "backspaces": b"good\x08\x08\x08\x08evil",
    "delete": b"a\x7fb",
    "byte order mark first": "\ufeffmark".encode(),
    "byte order mark inside": "ma\ufeffrk".encode(),
    "right to left": "\u202egnp.exe\u202c".encode(),
    "isolates": "\u2066a\u2067b\u2069".encode(),
    "marks of direction": "\u200fa\u200eb\u061c".encode(),
    "nothing to see": "a\u200bb\u2060c\u00add".encode(),
    "combining": ("Z" + "\u0300\u0316\u0334" * 40).encode(),
    "surrogate as bytes": b"a\xed\xa0\x80b",
    "over-long slash": b"..\xc0\xaf..\xc0\xafetc",
    "over-long NUL": b"a\xc0\x80b",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "cut off": b"a\xe2\x82",
    "latin-1": b"caf\xe9",
    # SQLite gives U+FFFD back for U+FFFE and U+FFFF.
    "noncharacters": "\U0001fffe\U0001ffff".encode(),
    "astral": "𝕏 👩‍👩‍👧‍👦 🏴".encode(),
    "Russian": "ключ друга".encode(),
    "Arabic": "مفتاح".encode(),
    "SQL": b"'; DROP TABLE nodes; --",
    "SQL in double": b"\"; DELETE FROM access_keys; --",
    "SQL pattern": b"%_[^a]\\",
    "SQL dollars": b"$$; DROP TABLE nodes; $$ ? :x @y",
    "script": b"<script>alert(1)</script>",
    "image": b"\"><img src=x onerror=alert(1)>",
    "entity": b"&lt;b&gt;&#0;&amp;",
    "end of a form": b"</td></tr></table></form></body>",
    "javascript": b"javascript:alert(1)",
    "format": b"%s%n%x%d%1000000d %%",
    "braces": b"{0}{}${PATH}{{7*7}}${{7*7}}#{7*7}",
    "Qt's places": b"%1 %2 %L1 %99",
    "shell": b"$(reboot)`reboot`; reboot | reboot & reboot",
    "option": b"--version",
    "path": b"../../../../etc/passwd",
    "device": b"/dev/stdin",
    "URL": b"http://169.254.169.254/latest/",
    "JSON": b"\",\"admin\":true,\"x\":\"",
    "log line": b"x\" level=error event=\"forged",
    "Prometheus": b"x\"} 1\nboson_forged{a=\"",
    "empty": b"",
    "blank": b"   \t  ",
    "null": b"null",
    "nan": b"NaN",
    "long": b"A" * 100_000,
    "long words": b"<b>" * 30_000,
}
MEGABYTE = b"x" * 1_000_000

# JSON spellings that cannot be written as bytes of a text.
SPELLED = {
    "lone high surrogate": '"\\ud800"',
    "lone low surrogate": '"\\udc00x"',
    "surrogates the wrong way": '"\\udc00\\ud800"',
    "escaped NUL": '"a\\u0000b"',
    "escaped escape": '"\\u001b[31m"',
    "pair": '"\\ud83d\\ude00"',
    "deep": "[" * 5_000 + "]" * 5_000,
    "large number": "1e999",
    "many digits": "9" * 5_000,
    "negative zero": "-0",
    "object": '{"a":"b"}',
    "true": "true",
}

# What no line of a terminal, a log or a page may have: controls (but the line's own end), and what turns text around.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


def shown_badly(data):
    """What is forbidden in these bytes, or that they are no UTF-8; empty: nothing."""
    try:
        return FORBIDDEN.findall(data.decode())
    except UnicodeDecodeError as fault:
        return [str(fault)]
