"""Bytes to text: exact characters in every encoding that is promised, and no guess."""

from __future__ import annotations

import random

import pytest

from qa.documents.encodings import Undecodable, decode, read_text

SIMPLIFIED = "綦河洪峰水位一度达227.6米，超保证水位5.1米。\r\n“人民至上”——生命至上！\n"
TRADITIONAL = "菜壩社區的居民在六月恢復了正常生活，勝利村的「七百弄雞」養了八千隻。\n"
RARE = "𠮷野家与䶮先生在㐂屋，一起研究汉字的写法。"
CLASSICAL = "项籍者，下相人也，字羽。初起时，年二十四。其季父项梁，梁父即楚将项燕，为秦将王翦所戮者也。\n"
NAMES = "张伟 王芳 李娜 刘洋 陈静 杨勇 赵磊 黄敏 周杰 吴艳\n"

KANJI = "株式会社山田製作所　代表取締役　山田太郎"

ENCODED = [
    (KANJI, "cp932", "cp932"),
    (KANJI, "euc_jp", "euc_jp"),
    (SIMPLIFIED, "utf-8", "utf-8"),
    (SIMPLIFIED, "utf-8-sig", "utf-8-sig"),
    (SIMPLIFIED, "utf-16", "utf-16"),
    (SIMPLIFIED, "gbk", "gb18030"),
    (SIMPLIFIED, "gb18030", "gb18030"),
    (RARE, "gb18030", "gb18030"),
    (CLASSICAL, "gbk", "gb18030"),
    (NAMES, "gbk", "gb18030"),
    (TRADITIONAL, "big5", "big5hkscs"),
    (TRADITIONAL, "utf-16", "utf-16"),
    ("日本語の文章です。東京は日本の首都であり、人口は多い。\n", "shift-jis", "cp932"),
    ("日本語の文章です。東京は日本の首都であり、人口は多い。\n", "euc-jp", "euc_jp"),
    ("日本語の文章です。東京は日本の首都であり、人口は多い。\n", "iso-2022-jp", "iso2022_jp"),
    ("ヨーロッパの①番目の髙い山を見る。\n", "cp932", "cp932"),
    ("대한민국의 수도는 서울이다. 한강은 서울을 가로질러 흐른다.\n", "euc-kr", "cp949"),
    ("똠방각하는 펲시콜라를 마시고 있다.\n", "cp949", "cp949"),
    ("Привет, мир. Это текст о большой реке.\n", "cp1251", "cp1251"),
    ("Привет, мир. Это текст о большой реке.\n", "koi8-r", "koi8_r"),
    ("Der Ärzteverband tagt in Köln – “gut”, 25 °C.\n", "cp1252", "cp1252"),
    ("L'été à Besançon, où l'on dîne près de la rivière.\n", "latin-1", "cp1252"),
    (SIMPLIFIED, "utf-16-le", "utf-16-le"),
    (TRADITIONAL, "utf-16-be", "utf-16-be"),
    ("Plain English, 100 %.\n", "ascii", "utf-8"),
    ("Ünïcödé 🙂 ไทย \u2028 \ufeff end", "utf-8", "utf-8"),
    ("", "utf-8", "utf-8"),
]


@pytest.mark.parametrize(("text", "encoding", "name"), ENCODED)
def test_a_text_is_decoded_exactly(text: str, encoding: str, name: str) -> None:
    assert decode(text.encode(encoding)) == (text, name)


def test_big_endian_utf_16_and_four_byte_gb18030_are_decoded_exactly() -> None:
    assert decode(b"\xfe\xff" + SIMPLIFIED.encode("utf-16-be")) == (SIMPLIFIED, "utf-16")
    assert len("𠮷㐂".encode("gb18030")) == 8
    assert decode(RARE.encode("gb18030"))[0] == RARE


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"text\0more", "holds NUL bytes, so it is not a text file"),
        (bytes(range(256)) * 4, "holds NUL bytes, so it is not a text file"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe\x9c", "is not UTF-8 (byte 0) and no other encoding gives readable text"),
        ("人民".encode() + b"\xff", "is not UTF-8 (byte 6) and no other encoding gives readable text"),
        (b"\xff\xfea", "starts as utf-16 but byte 2 is not"),
        (b"\xef\xbb\xbfa\xff", "starts as utf-8-sig but byte 1 is not"),
    ],
)
def test_bytes_that_no_encoding_reads_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(data)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("The temperature was 25°C today.", "latin-1"),
        ("Der Ärzteverband tagt.", "latin-1"),
        ("대한민국의 수도는 서울이다. 한강은 서울을 가로질러 흐른다.", "euc-kr"),
        ("日本語の文章です。東京は日本の首都であり、人口は多い。", "euc-jp"),
        ("你好世界，今天。", "utf-32"),
    ],
)
def test_another_encoding_is_refused_or_decoded_and_never_guessed_at(text: str, encoding: str) -> None:
    try:
        decoded, _ = decode(text.encode(encoding))
    except Undecodable:
        return
    assert decoded == text


@pytest.mark.parametrize("before", ["", "Meeting notes, second draft: "])
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("製品番号、製造年月日、保証期間", "cp932"),  # no kana
        ("製品番号、製造年月日、保証期間", "euc_jp"),
        ("東京都千代田区霞が関一丁目", "cp932"),
        ("제품 번호와 보증 기간", "cp949"),
        ("서울특별시 강남구", "cp949"),
        ("река Волга", "cp1251"),
        ("Совет и мэр", "koi8_r"),
        (NAMES, "gb18030"),
        ("产品编号与保修期", "gb18030"),
        ("產品編號與保固期", "big5hkscs"),
        ("姓名；电话；住址", "gb18030"),
    ],
)
def test_few_words_are_told_alone_and_among_english_ones(text: str, encoding: str, before: str) -> None:
    assert decode((before + text).encode(encoding)) == (before + text, encoding)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Москва", "koi8_r"),
        ("邹瑜 阎琦 龚璐 聂磊 樊琳", "gb18030"),  # names of rare characters
        ("覃福诺 黎国 黎琴 韦姗 蓝岚", "gb18030"),  # as Korean, they are half Han
    ],
)
def test_what_little_speaks_for_is_refused_and_not_guessed(text: str, encoding: str) -> None:
    with pytest.raises(Undecodable):
        decode(text.encode(encoding))


def test_western_marks_stand_one_by_one() -> None:
    assert decode("The naïve café keeps 25 °C in its “quiet” rooms – for 3½ € an hour.".encode("cp1252"))[1] == "cp1252"
    for text in (
        "a text that goes on for a while éèê and longer",  # three in a row are no Western word
        "a text that goes on é for a × while ÷ and é longer and longer",  # half are signs that few texts have
        "é à è ê abc def",  # over a quarter of the letters
    ):
        with pytest.raises(Undecodable):
            decode(text.encode("cp1252"))


@pytest.mark.parametrize("seed", range(60))
def test_bytes_at_random_are_refused(seed: int) -> None:
    source = random.Random(seed)
    with pytest.raises(Undecodable):
        decode(bytes(source.randrange(0x80, 0x100) for _ in range(source.choice((20, 40, 80, 200)))))


def test_a_text_and_its_like_in_another_encoding_is_refused() -> None:
    with pytest.raises(Undecodable):
        decode((SIMPLIFIED * 3).encode() + (SIMPLIFIED * 3).encode("gb18030"))


@pytest.mark.parametrize(("others", "told"), [("", True), ("\u0561" * 2, True), ("\u0561" * 4, False)])
def test_utf_16_without_a_mark_is_told_where_nine_tenths_are_common_characters(others: str, told: bool) -> None:
    text = "A plain text, then a line.\n" + others
    if told:
        assert decode(text.encode("utf-16-le")) == (text, "utf-16-le")
    else:
        with pytest.raises(Undecodable, match="holds NUL bytes"):
            decode(text.encode("utf-16-le"))


CHINESE = "这是一份报告，水库容量正常。\n第二行的文字也正常。\n" * 20
JAPANESE = "これは報告書です。水位は正常です。\n" * 20


@pytest.mark.parametrize(("text", "encoding"), [(CHINESE, "utf-8"), (CHINESE, "gb18030"), (JAPANESE, "euc_jp")])
def test_a_text_with_a_few_bad_bytes_is_read_and_their_places_named(text: str, encoding: str) -> None:
    first, second = text[:20].encode(encoding), text[20:200].encode(encoding)
    data = first + b"\xff" + second + b"\0" + text[200:].encode(encoding)
    found, name, problems = read_text(data)
    assert (found, name) == (f"{text[:20]}\ufffd{text[20:200]}\ufffd{text[200:]}", encoding)
    (problem,) = problems
    places = [len(first), len(first) + 1 + len(second)]
    assert problem.values == {
        "encoding": encoding, "count": 2, "bytes": places, "lines": [data.count(b"\n", 0, at) + 1 for at in places],
    }  # fmt: skip


def test_a_character_torn_in_two_does_not_garble_those_after_it() -> None:
    data = bytearray(CHINESE.encode("gb18030"))
    data[39:39] = b"\xff\xff"
    text, encoding, _ = read_text(bytes(data))
    assert encoding == "gb18030"
    assert set(text) <= set(CHINESE) | {"\ufffd"}


def test_nul_bytes_at_the_end_are_left_out() -> None:
    assert read_text("水表\0\0".encode()) == ("水表", "utf-8", ())
    assert read_text(b"\xff\xfe" + "水表".encode("utf-16-le") + b"x")[0] == "水表\ufffd"


@pytest.mark.parametrize("data", [b"a\0b", b"\0", bytes(range(256)) * 20, CHINESE.encode() + b"\xff \xfe " * 40])
def test_what_has_more_bad_bytes_is_no_text(data: bytes) -> None:
    with pytest.raises(Undecodable):
        read_text(data)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp932", "氏名,所属\n佐藤,営業部\n鈴木,総務部\n高橋,経理部\n"),
        ("cp932", "渡邊 隆\n斎藤 学\n"),
        ("cp932", "住所,氏名\n東京都港区,佐々木\n大阪府堺市,松本\n"),
        ("euc_jp", "氏名,所属\n佐藤,営業部\n鈴木,総務部\n高橋,経理部\n"),
        ("euc_jp", "氏名,フリガナ\n山田太郎,ヤマダタロウ\n"),  # the kana have the same bytes in GB 18030
        ("gb18030", "姓名,部门\n张伟,财务\n王芳,人事\n李娜,市场\n"),
        ("gb18030", "张伟\n王芳\n刘洋\n"),
        ("big5hkscs", "姓名,部門\n陳志明,財務\n林淑芬,人事\n黃俊傑,業務\n"),
        ("big5hkscs", "鄭家豪\n謝佩珊\n許志豪\n"),
        ("cp1252", "Nom,Ville\nHélène,Orléans\nFrançois,Besançon\n"),
        ("cp1252", "Jürgen\nBjörn\n"),
    ],
)
def test_a_short_table_of_names_is_read_in_its_encoding(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == (text, encoding)
