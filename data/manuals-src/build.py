"""Builds the Word and the PDF manual of `data/manuals/` from the Markdown files beside this script.

Reads a small part of Markdown: headings of one to four levels, paragraphs, bullet and numbered
lists, pipe tables. Needs `pip install python-docx reportlab` and the fonts NanumGothic.ttf and
NanumGothicBold.ttf (Debian: `apt-get install fonts-nanum`); the PDF carries only the glyphs it uses.

    python data/manuals-src/build.py
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

SOURCE = Path(__file__).resolve().parent
TARGET = SOURCE.parent / "manuals"
FONTS = Path("/usr/share/fonts/truetype/nanum")
AUTHOR = "대답전자 주식회사"
DATE = datetime.datetime(2026, 1, 5)
WORD_MANUAL = "세탁기-사용설명서"
PDF_MANUAL = "로봇청소기-사용설명서"


class Block(NamedTuple):
    """One block of a manual: `kind` is title, heading, paragraph, bullets, numbers or table."""

    kind: str
    lines: list[str]
    level: int = 0

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a table, its heading row first, without the line of dashes."""
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in self.lines]
        return [rows[0], *rows[2:]]


def parse(markdown: str) -> list[Block]:
    """The blocks of `markdown` in order; blocks are separated by empty lines."""
    return [_block(chunk.splitlines()) for chunk in re.split(r"\n\s*\n", markdown.strip())]


def _block(lines: list[str]) -> Block:
    first = lines[0]
    if heading := re.fullmatch(r"(#{1,4}) (.+)", first):
        level = len(heading[1]) - 1
        return Block("heading" if level else "title", [heading[2]], level)
    if first.startswith("|"):
        return Block("table", lines)
    if first.startswith("- "):
        return Block("bullets", [line[2:] for line in lines])
    if re.match(r"\d+\. ", first):
        return Block("numbers", [line.split(". ", 1)[1] for line in lines])
    return Block("paragraph", [" ".join(lines)])


def write_docx(blocks: list[Block], path: Path) -> None:
    """Writes a Word file with its real headings, lists (each numbered from 1) and tables."""
    import docx
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    document = docx.Document()
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3"):
        fonts = document.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
        for script in ("w:ascii", "w:hAnsi", "w:eastAsia"):
            fonts.set(qn(script), "맑은 고딕")
    document.styles["Normal"].font.size = Pt(10.5)

    def page_number() -> None:
        paragraph = document.sections[0].footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), "PAGE")
        paragraph._p.append(field)

    def new_numbering() -> int:
        numbering = document.part.numbering_part.element
        style = document.styles["List Number"].element
        abstract = numbering.num_having_numId(style.pPr.numPr.numId.val).abstractNumId.val
        num = numbering.add_num(abstract)
        num.add_lvlOverride(ilvl=0).add_startOverride(1)
        return num.numId

    def add_table(rows: list[list[str]]) -> None:
        table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
        for row, cells in zip(table.rows, rows):
            for cell, text in zip(row.cells, cells):
                cell.text = text
        for cell in table.rows[0].cells:
            cell.paragraphs[0].runs[0].bold = True
        repeat = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(repeat)
        document.add_paragraph()

    page_number()
    for block in blocks:
        if block.kind == "title":
            document.core_properties.title = block.lines[0]
            document.add_heading(block.lines[0], level=0)
        elif block.kind == "heading":
            document.add_heading(block.lines[0], level=block.level)
        elif block.kind == "table":
            add_table(block.rows)
        elif block.kind == "bullets":
            for line in block.lines:
                document.add_paragraph(line, style="List Bullet")
        elif block.kind == "numbers":
            num_id = new_numbering()
            for line in block.lines:
                numbered = document.add_paragraph(line, style="List Number")
                properties = numbered._p.get_or_add_pPr().get_or_add_numPr()
                properties.get_or_add_ilvl().val = 0
                properties.get_or_add_numId().val = num_id
        else:
            document.add_paragraph(block.lines[0])
    properties = document.core_properties
    properties.author, properties.language, properties.comments = AUTHOR, "ko-KR", ""
    properties.created = properties.modified = DATE
    document.save(path)


def write_pdf(blocks: list[Block], path: Path) -> None:
    """Writes an A4 PDF with embedded font subsets, bookmarks, and page numbers in the footer."""
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import ListFlowable, ListItem, Paragraph, SimpleDocTemplate, Spacer, Table

    for name in ("NanumGothic", "NanumGothicBold"):
        if not (font := FONTS / f"{name}.ttf").exists():
            raise FileNotFoundError(f"{font} is missing: apt-get install fonts-nanum")
        pdfmetrics.registerFont(TTFont(name, str(font)))

    body = ParagraphStyle("body", fontName="NanumGothic", fontSize=10, leading=16, spaceAfter=6)
    cell = ParagraphStyle("cell", body, fontSize=9, leading=13, spaceAfter=0)
    bold = ParagraphStyle("bold", cell, fontName="NanumGothicBold")
    headings = [
        ParagraphStyle(f"h{level}", fontName="NanumGothicBold", fontSize=size, leading=size * 1.4,
                       spaceBefore=before, spaceAfter=5, keepWithNext=1)
        for level, size, before in ((0, 20, 0), (1, 15, 14), (2, 12, 9), (3, 10.5, 6))
    ]
    title = blocks[0].lines[0]

    class Manual(SimpleDocTemplate):
        def afterFlowable(self, flowable: object) -> None:
            style = getattr(getattr(flowable, "style", None), "name", "")
            if style in ("h1", "h2", "h3"):
                text = flowable.getPlainText()
                key = f"{self.page}-{text}"
                self.canv.bookmarkPage(key)
                self.canv.addOutlineEntry(text, key, level=int(style[1]) - 1, closed=style != "h1")

    def footer(canvas, document) -> None:
        canvas.setFont("NanumGothic", 8)
        canvas.drawString(20 * mm, 12 * mm, title)
        canvas.drawRightString(A4[0] - 20 * mm, 12 * mm, f"{document.page} 쪽")

    def table(rows: list[list[str]]) -> Table:
        longest = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        shares = [min(max(length, 7), 28) for length in longest]
        widths = [165 * mm * share / sum(shares) for share in shares]
        content = [[Paragraph(escape(text), cell if n else bold) for text in row] for n, row in enumerate(rows)]
        return Table(content, colWidths=widths, repeatRows=1, spaceAfter=8, style=[
            ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
            ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e8edf5")),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ])

    story = []
    for block in blocks:
        if block.kind in ("title", "heading"):
            story.append(Paragraph(escape(block.lines[0]), headings[block.level]))
        elif block.kind == "table":
            story.append(table(block.rows))
        elif block.kind in ("bullets", "numbers"):
            items = [ListItem(Paragraph(escape(line), body)) for line in block.lines]
            numbered = block.kind == "numbers"
            story.append(ListFlowable(items, bulletType="1" if numbered else "bullet",
                                      start=1 if numbered else "•", bulletFormat="%s." if numbered else None,
                                      bulletFontName="NanumGothic", bulletFontSize=10, leftIndent=16))
            story.append(Spacer(1, 4))
        else:
            story.append(Paragraph(escape(block.lines[0]), body))
    manual = Manual(str(path), pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, topMargin=20 * mm,
                    bottomMargin=22 * mm, title=title, author=AUTHOR, subject="RV-5, RV-7 Pro", lang="ko", invariant=1)
    manual.build(story, onFirstPage=footer, onLaterPages=footer)


def main() -> None:
    for name, suffix, write in ((WORD_MANUAL, ".docx", write_docx), (PDF_MANUAL, ".pdf", write_pdf)):
        path = TARGET / f"{name}{suffix}"
        write(parse((SOURCE / f"{name}.md").read_text(encoding="utf-8")), path)
        print(f"{path} ({path.stat().st_size / 1024:.0f} KB)")


if __name__ == "__main__":
    main()
