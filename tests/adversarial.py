"""Questions that nobody asks but who wants to hang or break the chat, made from a seed: each is admitted, and each is hostile.

Used by `test_adversarial.py` in small numbers and by `bench/adversarial.py` in large ones. `BAIT` is made of the package's own
patterns: what each of them repeats, many times over, and then something that does not fit.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

from redos import attacks

LONGEST = 2000  # characters that the chat admits

SCRIPTS = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x3041, 0x30FF), (0xAC00, 0xD7A3), (0x1100, 0x11FF), (0x0E01,
    0x0E5B),
    (0x0E81, 0x0EDF), (0x1000, 0x109F), (0x1780, 0x17DD), (0x0900, 0x097F), (0x0980, 0x09FF), (0x0B80, 0x0BFF), (0x0D00, 0x0D7F),
    (0x0590, 0x05F4), (0x0600, 0x06FF), (0x0700, 0x074F), (0x0400, 0x04FF), (0x0370, 0x03FF), (0x0531, 0x058F), (0x10A0, 0x10FF),
    (0x1200, 0x137F), (0x13A0, 0x13F5), (0x1401, 0x167F), (0x1820, 0x1878), (0x0F00, 0x0FDA), (0x0041, 0x007A), (0x00C0, 0x024F),
    (0x1E00, 0x1EFF), (0xFF01, 0xFFEE), (0x2150, 0x218B), (0x2460, 0x24FF), (0x1D400, 0x1D7FF), (0x1F300, 0x1F9FF), (0x2500,
    0x25FF),
    (0x2000, 0x206F), (0x3000, 0x303F), (0xE000, 0xE0FF), (0xFB00, 0xFDFF), (0x12000, 0x12399),
)  # fmt: skip
UNITS = "元 万元 亿元 % 吨 kg km m2 人 台 ℃ mg/L kWh 分之 年 月 日 号 时 分 € $ ￥ ° ′ ″ million th st 个百分点".split()
ASKING = (
    "什么 怎么 为什么 多少 几 哪 哪里 谁 何时 如何 吗 呢 是不是 能否 怎样 多久 who what when where why how which whose whom "
    "how many how much qué cuándo dónde cómo por qué quién was wann wo wie warum wer quoi quand où comment pourquoi qui "
    "что когда где как почему кто ماذا متى أين كيف لماذا なに いつ どこ だれ なぜ どう"
    " 무엇 언제 어디 누가 왜 어떻게 ne zaman nerede kim"
).split()
WORDS = (
    "水库 洪水 情况 公司 报销 医生 水位 第三条 办法 学校 系统 配置 参数 数据库 的 和 了 是 在 不 那 它 其 这个 该 请问 你好 谢谢 "
    "the of and is it its flood hospital reservoir server error code policy leave nacos.core.auth.enabled E1001 XT-2000S P5–P9"
).split()
SYLLABLES = "xi an xian ang liang guan gu ni nin hao zhuang shi li u er e a o ie yue yuan wang zhang ping ge".split()
PAIRS = ("（）", "()", "[]", "{}", "“”", "‘’", "「」", "『』", "《》", "【】", "<>", '""', "''", "``", "**", "$$", "«»", "|-")
CONTROLS = (
    *map(chr, range(1, 32)), "\x7f", "\x85", "\xad", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202b",
        "\u202c",
    "\u202d", "\u202e", "\u2028", "\u2029", "\u2060", "\u2066", "\u2067", "\u2069", "\ufeff", "\ufffe", "\uffff", "\U0010ffff",
    "\ufff9", "\ufffb", "\U000e0001", "\U000e0041", "\ufe0f", "\u0300",
)  # fmt: skip
GREETINGS = ("你好，", "Hello! ", "请用一句话回答。", "我刚来公司三天，", "Thanks. ", "请根据文档回答：", "Hola, ", "我怀孕了。")
CODE = ("' OR 1=1; --", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "../../etc/passwd", "%00%0a", "\\u0000",
    "<!---->",
        "![](x)", "[a](b)", "| a | b |\n|---|---|\n", "# ", "- ", "1. ", "> ", "```\n", "https://a.b/c?d=e&", "a@b.cn ",
        "a.b.", "_a_")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, of what kind it is, and the questions that are said to have come before it."""

    kind: str
    text: str
    history: tuple[str, ...] = ()


def questions(seed: int, first: int, last: int, seen: tuple[str, ...] = (), *, bait: bool = True) -> Iterator[Asked]:
    """The questions with the numbers [first, last) of those of `seed`; `seen` are texts of the documents that are asked about.

    Without `bait` none is made of the patterns, which takes seconds to collect.
    """
    kinds = [(kind, make) for kind, make in _KINDS.items() if bait or make is not _of_bait]
    for number in range(first, last):
        random = Random(f"{seed} {number}")
        kind, make = kinds[number % len(kinds)]
        history: tuple[str, ...] = ()
        if random.random() < 0.15:
            history = tuple(_admitted(random.choice(kinds)[1](random, seen), random) for _ in range(random.choice((1, 2, 20))))
        yield Asked(kind, _admitted(make(random, seen), random), history)


def _admitted(text: str, random: Random) -> str:
    """`text`, cut to a length that is admitted, most often to one far below it; a letter if it says nothing."""
    most = random.choice((60, 300, 300, 900, LONGEST))
    return text[:most] if text[:most].strip() else "x"


def _of_script(random: Random, count: int) -> str:
    first, last = random.choice(SCRIPTS)
    return "".join(chr(random.randint(first, last)) for _ in range(count))


def _filled(random: Random, *parts: str) -> str:
    """`parts` again and again, as long as it may be."""
    text = random.choice(("", "", " ", "，", "\n", "、")).join(parts) or "x"
    return text * (LONGEST // len(text) + 1)


def _repeats(random: Random, seen: tuple[str, ...]) -> str:
    unit = _of_script(random, random.choice((1, 1, 2, 3, 5, 11)))
    before = random.choice(("", "Who is ", "什么是", random.choice(WORDS)))
    return (
        before
        + _filled(random, unit)[: random.choice((40, 400, LONGEST))]
        + random.choice(("", "?", "！", "\0", _of_script(random, 1)))
    )


def _scripts_mixed(random: Random, seen: tuple[str, ...]) -> str:
    return "".join(_of_script(random, random.choice((1, 1, 2, 7))) + random.choice(("", " ")) for _ in range(LONGEST // 2))


def _directions(random: Random, seen: tuple[str, ...]) -> str:
    def part() -> str:
        first, last = random.choice(((0x0600, 0x06FF), (0x0590, 0x05F4), (0x4E00, 0x9FFF), (0x61, 0x7A), (0x30, 0x39)))
        return random.choice("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f ") + "".join(
            chr(random.randint(first, last)) for _ in range(random.choice((1, 3, 9)))
        )

    return "".join(part() for _ in range(LONGEST // 2)) + "\u202c" * random.choice((0, 1, 200))


def _marks(random: Random, seen: tuple[str, ...]) -> str:
    marks = [
        chr(code) for code in (*range(0x300, 0x36F), *range(0x483, 0x488), 0x3099, 0x309A, 0x20D0, 0x20DD, 0x1AB0, 0xFE0F, 0x200D)
    ]
    many = random.choice((1, 3, 30, LONGEST))
    return "".join(
        random.choice("aeİi水の한e\u0130") + "".join(random.choice(marks) for _ in range(many))
        for _ in range(LONGEST // (many + 1) + 1)
    )


def _numbers(random: Random, seen: tuple[str, ...]) -> str:
    digits = random.choice(
        ("0123456789", "〇一二三四五六七八九十百千万亿两", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "½⅓²³①⑳Ⅷ", "0.,-/:% ")
    )

    def number() -> str:
        return "".join(random.choice(digits) for _ in range(random.choice((1, 2, 4, 8, 40)))) + random.choice(
            (*UNITS, "", ".", ",", "-")
        )

    return random.choice(("", " ", "，", "至", "~")).join(number() for _ in range(LONGEST // 3))


def _identifiers(random: Random, seen: tuple[str, ...]) -> str:
    def one() -> str:
        parts = [
            "".join(random.choice("abzXT019") for _ in range(random.choice((1, 3, 9)))) for _ in range(random.choice((1, 2, 9)))
        ]
        return random.choice("-_. /").join(parts)

    first, last = random.randrange(9), random.randrange(9999)
    ranged = f"{random.choice(('P', 'E', 'XT-'))}{first}{random.choice('–~-至到')}{random.choice(('P', ''))}{last}"
    phone = random.choice(("010-6552 9988", "+86 138 0013 8000", "400-810-8888", "(0571)88342210", "0571-8834-2210-"))
    return " ".join(random.choice((one(), one(), ranged, phone)) for _ in range(LONGEST // 4))


@cache
def _bait() -> tuple[tuple[str, str, str], ...]:
    """What the package's patterns may be slow on: see `redos.attacks`."""
    from redos import Counter
    from test_patterns import _collected

    found = [attack for pattern, flags in sorted(_collected()[0], key=repr) for attack in attacks(Counter(pattern, flags).tree)]
    return tuple(dict.fromkeys(found))


def _of_bait(random: Random, seen: tuple[str, ...]) -> str:
    before, body, end = random.choice(_bait())
    times = random.choice((20, 200, LONGEST)) // len(body) + 1
    return random.choice(("", before, f"{random.choice(WORDS)} {before}")) + (body * times)[: LONGEST - 40] + end


def _latin(random: Random, seen: tuple[str, ...]) -> str:
    letters = random.choice(("abcdefghijklmnopqrstuvwxyz", "aeiou", "xian", "ABCabc012+/=", "àéîõüßçñ", "ⅰⅱａｂ", "a-b_c.d"))
    run = "".join(random.choice(letters) for _ in range(LONGEST))
    names = "".join(random.choice(SYLLABLES) for _ in range(LONGEST // 2))
    return random.choice(
        (run, run.upper(), names, f"Who is {names.capitalize()}", " ".join(map(str.capitalize, names.split("g"))), f"是{run}吗")
    )


def _nests(random: Random, seen: tuple[str, ...]) -> str:
    marks = "".join(random.sample(PAIRS, random.choice((1, 1, 3, 8))))
    depth = random.choice((5, 90, LONGEST))
    style = random.randrange(4)
    if style == 0:
        return marks[::2] * depth + random.choice(WORDS) + marks[::-1][::2] * depth
    if style == 1:
        return "".join(random.choice(marks) for _ in range(LONGEST))
    if style == 2:
        return "".join(marks[:1] + random.choice(WORDS) + random.choice(("", marks[1])) for _ in range(depth))
    return marks[0] * LONGEST


def _controls(random: Random, seen: tuple[str, ...]) -> str:
    own = random.sample(CONTROLS, random.choice((1, 4, len(CONTROLS))))
    word = random.choice(("", *WORDS))
    return "".join(random.choice(own) + (word if random.random() < 0.4 else "") for _ in range(LONGEST))


def _asking(random: Random, seen: tuple[str, ...]) -> str:
    own = random.sample(ASKING, random.choice((1, 2, len(ASKING)))) + random.sample(WORDS, random.choice((0, 1, 5)))
    return random.choice((" ", "", "，", "？")).join(random.choice(own) for _ in range(LONGEST // 2))


def _several(random: Random, seen: tuple[str, ...]) -> str:
    def one() -> str:
        begin = random.choice((*GREETINGS, "", "", ""))
        words = [random.choice((*WORDS, random.choice(ASKING))) for _ in range(random.choice((1, 3, 9)))]
        return begin + random.choice(("", " ")).join(words) + random.choice("？?。！!；;\n…，:")

    return "".join(one() for _ in range(LONGEST // 4))


def _pasted(random: Random, seen: tuple[str, ...]) -> str:
    """What the documents themselves say, so that very much is found: cut up, put together, in another order."""
    if not seen:
        return _several(random, seen)
    text = "".join(random.choice(seen) for _ in range(3))
    if random.random() < 0.5:
        pieces = [text[at : at + 4] for at in range(0, len(text), 4)]
        random.shuffle(pieces)
        text = "".join(pieces)
    return text[: LONGEST - 1] + "？"


def _slips(random: Random, seen: tuple[str, ...]) -> str:
    """Words with a character changed, doubled or left out: what is looked at for what was meant."""
    text = list(random.choice(seen)[:300] if seen and random.random() < 0.7 else "".join(random.choices(WORDS, k=60)))
    for _ in range(random.choice((1, 5, 60))):
        at = random.randrange(len(text))
        text[at] = random.choice(
            (text[at] * 2, "", _of_script(random, 1), chr(0x4E00 + random.randrange(0x2000)), text[at].upper())
        )
    return "".join(text)


def _code(random: Random, seen: tuple[str, ...]) -> str:
    own = random.sample(CODE, random.choice((1, 2, 6)))
    return "".join(random.choice(own) for _ in range(LONGEST))


def _anything(random: Random, seen: tuple[str, ...]) -> str:
    def char() -> str:
        while unicodedata.category(found := chr(random.randrange(0x110000 if random.random() < 0.3 else 0x3000))) == "Cs":
            pass
        return found

    return "".join(char() for _ in range(LONGEST))


_Make = Callable[[Random, tuple[str, ...]], str]
_KINDS: dict[str, _Make] = {
    "repeats": _repeats, "scripts": _scripts_mixed, "directions": _directions, "marks": _marks, "numbers": _numbers,
    "identifiers": _identifiers, "bait": _of_bait, "latin": _latin, "nests": _nests, "controls": _controls, "asking": _asking,
    "several": _several, "pasted": _pasted, "slips": _slips, "code": _code, "anything": _anything, "bait again": _of_bait,
}  # fmt: skip
