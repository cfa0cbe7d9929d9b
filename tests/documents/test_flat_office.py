"""Office files that are one piece of XML: Flat OPC, and Word 2003."""

from __future__ import annotations

import base64
import io
import zipfile

import golden
import pytest

from qa.config import Limits
from qa.documents.content import Unreadable
from qa.documents.kinds import kind_of
from qa.documents.readers import read_content

LIMITS = Limits()
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<?mso-application progid="Word.Document"?>\n'
WORD_2003 = (
    HEAD
    + """<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"
 xmlns:wx="http://schemas.microsoft.com/office/word/2003/auxHint" xmlns:aml="http://schemas.microsoft.com/aml/2001/core">
<w:lists><w:listDef w:listDefId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:nfc w:val="37"/><w:lvlText w:val="第%1条"/></w:lvl>
</w:listDef><w:list w:ilfo="1"><w:ilst w:val="0"/></w:list></w:lists>
<w:styles><w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/></w:style></w:styles>
<w:body><wx:sect><w:p><w:pPr><w:pStyle w:val="1"/></w:pPr><w:r><w:t>水位报告</w:t></w:r></w:p><wx:sub-section>
<w:p><w:pPr><w:listPr><w:ilvl w:val="0"/><w:ilfo w:val="1"/></w:listPr></w:pPr><w:r><w:t>甲</w:t></w:r></w:p>
<w:p><w:pPr><w:listPr><w:ilvl w:val="0"/><w:ilfo w:val="1"/></w:listPr></w:pPr><w:r><w:t>乙</w:t></w:r>
<aml:annotation w:type="Word.Insertion"><aml:content><w:r><w:t>新</w:t></w:r></aml:content></aml:annotation>
<aml:annotation w:type="Word.Deletion"><aml:content><w:r><w:delText>旧</w:delText></w:r></aml:content></aml:annotation>
<w:r><w:footnote><w:p><w:r><w:t>注一</w:t></w:r></w:p></w:footnote></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐</w:t></w:r>
<w:r><aml:annotation aml:author="李四" w:type="Word.Comment"><aml:content><w:p><w:r><w:t>请核对</w:t></w:r></w:p></aml:content>
</aml:annotation></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>站名</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>水位</w:t></w:r></w:p></w:tc></w:tr>
<w:tr><w:tc><w:tcPr><w:vmerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>石桥</w:t></w:r></w:p></w:tc>
<w:tc><w:p><w:r><w:t>12.5</w:t></w:r></w:p></w:tc></w:tr>
<w:tr><w:tc><w:tcPr><w:vmerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><w:r><w:t>13</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
</wx:sub-section>
<w:sectPr><w:hdr w:type="odd"><w:p><w:r><w:t>发文单位：石桥站</w:t></w:r></w:p></w:hdr>
</w:sectPr></wx:sect></w:body></w:wordDocument>"""
)


def flat(packed: bytes) -> bytes:
    """The file `packed` as Office writes it in one piece."""
    parts = []
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith((".xml", ".rels")):
                bare = data.partition(b"?>")[2] if data.startswith(b"<?xml") else data
                held = f"<pkg:xmlData>{bare.decode()}</pkg:xmlData>"
            else:
                held = f"<pkg:binaryData>{base64.b64encode(data).decode()}</pkg:binaryData>"
            parts.append(f'<pkg:part pkg:name="/{name}">{held}</pkg:part>')
    package = f'<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">{"".join(parts)}</pkg:package>'
    return (HEAD + package).encode()


@pytest.mark.parametrize("suffix", [".xml", ".doc", ".docx"])
def test_a_document_of_word_2003_is_read_as_a_newer_one(suffix: str) -> None:
    data = WORD_2003.encode()
    assert kind_of(suffix, data, LIMITS) == "flat_office"
    found = read_content("flat_office", data, LIMITS)
    assert found.text == (
        "水位报告\n\n第一条 甲\n第二条 乙新\n\n注一\n\n[李四] 请核对\n\n"
        "站名；水位\n站名：石桥；水位：12.5\n站名：石桥；水位：13\n\n发文单位：石桥站\n\n"
    )
    assert [mark.headings for mark in found.marks][:1] == [("水位报告",)]


@pytest.mark.parametrize("kind", ["word", "slides"])
def test_a_file_in_one_piece_has_the_text_of_the_packed_one(kind: str) -> None:
    packed = {"word": golden.docx, "slides": golden.pptx}[kind]()
    whole = flat(packed)
    assert kind_of(".xml", whole, LIMITS) == "flat_office"
    assert read_content("flat_office", whole, LIMITS).text == read_content(kind, packed, LIMITS).text


def test_a_piece_of_xml_without_a_document_is_named() -> None:
    empty = b'<p:package xmlns:p="http://schemas.microsoft.com/office/2006/xmlPackage"/>'
    with pytest.raises(Unreadable) as caught:
        read_content("flat_office", empty, LIMITS)
    assert caught.value.code == "documents.office_xml"


@pytest.mark.parametrize("named", ["", 'pkg:name=""', f'pkg:name="/{"a" * 70_000}"'])
def test_a_part_without_a_name_or_with_an_endless_one_is_left_out(named: str) -> None:
    whole = flat(golden.docx())
    more = whole.replace(
        b"</pkg:package>", f"<pkg:part {named}><pkg:xmlData><a/></pkg:xmlData></pkg:part></pkg:package>".encode()
    )
    assert read_content("flat_office", more, LIMITS).text == read_content("flat_office", whole, LIMITS).text
