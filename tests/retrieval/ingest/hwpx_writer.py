"""Small HWPX files for tests, part by part, so that each element is where Hangul writes it."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

NAMES = " ".join(
    f'xmlns:{prefix}="http://www.hancom.co.kr/hwpml/2011/{name}"'
    for prefix, name in (("hp", "paragraph"), ("hs", "section"), ("hc", "core"), ("hh", "head"))
)
HEADER = f"""<?xml version="1.0" encoding="UTF-8"?><hh:head {NAMES} version="1.5" secCnt="1"><hh:refList>
<hh:borderFills><hh:borderFill id="1"/><hh:borderFill id="2"><hc:fillBrush><hc:winBrush faceColor="#D9D9D9"/></hc:fillBrush>
</hh:borderFill></hh:borderFills>
<hh:charProperties><hh:charPr id="0" height="1000"/><hh:charPr id="1" height="1600"><hh:bold/></hh:charPr></hh:charProperties>
<hh:numberings><hh:numbering id="1" start="0"><hh:paraHead start="1" level="1" numFormat="DIGIT">제^1장</hh:paraHead>
<hh:paraHead start="1" level="2" numFormat="HANGUL_SYLLABLE">^2.</hh:paraHead></hh:numbering></hh:numberings>
<hh:paraProperties><hh:paraPr id="0"><hh:heading type="NONE" idRef="0" level="0"/></hh:paraPr>
<hh:paraPr id="1"><hh:heading type="OUTLINE" idRef="0" level="0"/></hh:paraPr>
<hh:paraPr id="2"><hh:heading type="NUMBER" idRef="1" level="1"/></hh:paraPr></hh:paraProperties>
<hh:styles><hh:style id="0" type="PARA" name="바탕글" engName="Normal"/>
<hh:style id="1" type="PARA" name="개요 1" engName="Outline 1"/>
<hh:style id="2" type="PARA" name="차례 1" engName="TOC 1"/></hh:styles></hh:refList></hh:head>"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?><opf:package xmlns:opf="http://www.idpf.org/2007/opf/"><opf:metadata>
<opf:title>{title}</opf:title></opf:metadata><opf:manifest>{items}</opf:manifest><opf:spine>{spine}</opf:spine></opf:package>"""


def run(inner: str, letters: int = 0) -> str:
    return f'<hp:run charPrIDRef="{letters}">{inner}</hp:run>'


def text(words: str, letters: int = 0) -> str:
    return run(f"<hp:t>{escape(words)}</hp:t>", letters)


def p(*runs: str, shape: int = 0, style: int = 0) -> str:
    return f'<hp:p paraPrIDRef="{shape}" styleIDRef="{style}">{"".join(runs)}</hp:p>'


def sub_list(*paragraphs: str) -> str:
    return f"<hp:subList>{''.join(paragraphs)}</hp:subList>"


def cell(row: int, column: int, inner: str, rows: int = 1, columns: int = 1, fill: int = 1) -> str:
    return (
        f'<hp:tc header="0" borderFillIDRef="{fill}">{sub_list(inner if inner.startswith("<") else p(text(inner)))}'
        f'<hp:cellAddr colAddr="{column}" rowAddr="{row}"/><hp:cellSpan colSpan="{columns}" rowSpan="{rows}"/></hp:tc>'
    )


def table(*rows: Sequence[str], caption: str = "") -> str:
    above = f"<hp:caption>{sub_list(p(text(caption)))}</hp:caption>" if caption else ""
    return f"<hp:tbl>{above}{''.join('<hp:tr>' + ''.join(cells) + '</hp:tr>' for cells in rows)}</hp:tbl>"


def section(*paragraphs: str) -> str:
    first = p(run('<hp:secPr outlineShapeIDRef="1"/>'))
    return f'<?xml version="1.0" encoding="UTF-8"?><hs:sec {NAMES}>{first}{"".join(paragraphs)}</hs:sec>'


def write_hwpx(path: Path, *sections: str, title: str = "", header: str = HEADER, extra: dict[str, str] | None = None) -> Path:
    names = [f"section{i}" for i in range(len(sections))]
    items = "".join(f'<opf:item id="{name}" href="Contents/{name}.xml"/>' for name in names)
    spine = "".join(f'<opf:itemref idref="{name}"/>' for name in names)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/hwp+zip", zipfile.ZIP_STORED)
        archive.writestr("Contents/content.hpf", PACKAGE.format(title=title, items=items, spine=spine))
        archive.writestr("Contents/header.xml", header)
        for name, xml in zip(names, sections):
            archive.writestr(f"Contents/{name}.xml", xml)
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return path
