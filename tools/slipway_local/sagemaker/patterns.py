"""Java regular expressions of the AWS service models, as Python ones."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from itertools import groupby

# Java writes characters beyond 16 bits in halves (Application Auto Scaling's names).
JAVA_PAIRS = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010ffff")


@cache
def _category_ranges(initial: str) -> str:
    r"""Return the inside of a character class holding every character whose category starts with `initial`."""
    members = (code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == initial)
    ranges = []
    for _, run in groupby(enumerate(members), key=lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in run]
        ranges.append(f"\\U{codes[0]:08x}-\\U{codes[-1]:08x}")
    return "".join(ranges)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    r"""Compile a service model's pattern; use it with `fullmatch`, which is what Java's `matches` does.

    `\p{X}` needs translating (the tag patterns use it inside a character class), and a repeated `$`.
    """
    pattern = pattern.replace(r"\p{Alnum}", "a-zA-Z0-9").replace(r"\p{Print}", r"[\x20-\x7e]").replace(*JAVA_PAIRS)
    translated = re.sub(r"\\p\{([A-Z])\}", lambda found: _category_ranges(found.group(1)), pattern)
    # Java lets an end of text be repeated (CustomerMetadataKey); Python wants a group for that.
    return re.compile(translated.replace("${", "(?:$){"), re.ASCII)
